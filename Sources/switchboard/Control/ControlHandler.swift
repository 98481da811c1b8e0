//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// One question and its answer: a line comes, text goes, and the connection is closed.
final class ControlHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Nobody's question is longer.
    private static let maximumBytes = 16_384
    /// How long whoever has connected may take to ask.
    private static let patience = TimeAmount.seconds(10)

    private let answers: [String: ControlService.Answer]
    private let tasks: [String: ControlService.Task]
    private var question = ByteBuffer()
    private var isAnswering = false
    private var deadline: Scheduled<Void>?

    init(_ answers: [String: ControlService.Answer], _ tasks: [String: ControlService.Task]) {
        self.answers = answers
        self.tasks = tasks
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isAnswering else { return }
        var bytes = unwrapInboundIn(data)
        question.writeBuffer(&bytes)
        guard question.readableBytes <= Self.maximumBytes else { return context.close(promise: nil) }
        guard let end = question.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return }
        isAnswering = true
        deadline?.cancel()
        let line = String(decoding: question.readableBytesView[..<end], as: UTF8.self)
        let channel = context.channel
        let word = line.prefix { $0 != " " }
        let argument = String(line.dropFirst(word.count + 1))
        let task = tasks[String(word)]
        let answer = answers[line]
        let text = channel.eventLoop.makeFutureWithTask {
            do {
                if let answer { return "ok\n" + (try await answer()) }
                if let task { return "ok\n" + (try await task(argument)) }
                return "error\nThis server does not know that question."
            } catch {
                return "error\n\(error)"
            }
        }
        text.whenComplete { result in
            let text = (try? result.get()) ?? "error\nIt did not work."
            channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in channel.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

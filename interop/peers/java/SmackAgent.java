//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

import org.jivesoftware.smack.ConnectionConfiguration;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.packet.Presence;
import org.jivesoftware.smack.tcp.XMPPTCPConnection;
import org.jivesoftware.smack.tcp.XMPPTCPConnectionConfiguration;
import org.jivesoftware.smackx.muc.MultiUserChat;
import org.jivesoftware.smackx.muc.MultiUserChatManager;
import org.jivesoftware.smackx.workgroup.QueueUser;
import org.jivesoftware.smackx.workgroup.agent.AgentSession;
import org.jivesoftware.smackx.workgroup.agent.InvitationRequest;
import org.jivesoftware.smackx.workgroup.agent.Offer;
import org.jivesoftware.smackx.workgroup.agent.OfferListener;
import org.jivesoftware.smackx.workgroup.agent.QueueUsersListener;
import org.jivesoftware.smackx.workgroup.agent.RevokedOffer;
import org.jivesoftware.smackx.workgroup.agent.TransferRequest;
import org.jivesoftware.smackx.workgroup.agent.WorkgroupQueue;
import org.jivesoftware.smackx.workgroup.ext.history.AgentChatSession;
import org.jivesoftware.smackx.workgroup.ext.macros.Macro;
import org.jivesoftware.smackx.workgroup.ext.macros.MacroGroup;
import org.jivesoftware.smackx.workgroup.packet.OccupantsInfo;
import org.jivesoftware.smackx.workgroup.packet.RoomInvitation;
import org.jivesoftware.smackx.workgroup.packet.RoomTransfer;
import org.jivesoftware.smackx.workgroup.packet.Transcript;
import org.jivesoftware.smackx.workgroup.packet.Transcripts;
import org.jivesoftware.smackx.workgroup.user.Workgroup;
import org.jxmpp.jid.EntityBareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.jid.parts.Resourcepart;

/**
 * An agent (or a customer) that works with Smack's own workgroup classes, as Spark does. Commands come as lines, words separated by
 * tabs; what happens goes out in the same way.
 */
public final class SmackAgent {
    private final XMPPTCPConnection connection;
    private final EntityBareJid workgroup;
    private AgentSession session;
    private Workgroup customer;
    private MultiUserChat room;
    private Offer offer;

    private SmackAgent(String[] arguments) throws Exception {
        String address = arguments[0];
        EntityBareJid account = JidCreate.entityBareFrom(address);
        workgroup = JidCreate.entityBareFrom(arguments[5]);
        connection = new XMPPTCPConnection(XMPPTCPConnectionConfiguration.builder()
            .setUsernameAndPassword(account.getLocalpart(), arguments[1])
            .setXmppDomain(account.asDomainBareJid())
            .setHost(arguments[2]).setPort(Integer.parseInt(arguments[3]))
            .setResource("spark")
            .setSecurityMode(ConnectionConfiguration.SecurityMode.required)
            .setCustomX509TrustManager(trust(arguments[4]))
            .build());
        connection.connect().login();
        MultiUserChatManager.getInstanceFor(connection).addInvitationListener(
            (in, chat, inviter, reason, password, message, invitation) -> tell("invited", chat.getRoom(), reason));
    }

    private static X509TrustManager trust(String authority) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (FileInputStream file = new FileInputStream(authority)) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return (X509TrustManager) factory.getTrustManagers()[0];
    }

    private static synchronized void tell(Object... words) {
        StringBuilder line = new StringBuilder();
        for (Object word : words) {
            if (line.length() > 0) line.append('\t');
            line.append(String.valueOf(word).replace('\t', ' ').replace('\n', ' '));
        }
        System.out.println(line);
        System.out.flush();
    }

    private final class Desk implements OfferListener, QueueUsersListener {
        @Override public void offerReceived(Offer received) {
            offer = received;
            List<Object> words = new ArrayList<>(List.of("offer", received.getUserJID(), received.getSessionID()));
            Object content = received.getContent();
            words.add(content instanceof TransferRequest ? "transfer" : content instanceof InvitationRequest ? "invitation" : "request");
            for (Map.Entry<String, List<String>> each : received.getMetaData().entrySet()) {
                words.add(each.getKey() + "=" + String.join(",", each.getValue()));
            }
            tell(words.toArray());
        }

        @Override public void offerRevoked(RevokedOffer revoked) {
            tell("revoked", revoked.getUserJID(), revoked.getSessionID(), revoked.getReason());
        }

        @Override public void statusUpdated(WorkgroupQueue queue, WorkgroupQueue.Status status) {
            tell("queue", status, queue.getUserCount(), queue.getCurrentChats(), queue.getMaxChats());
        }

        @Override public void averageWaitTimeUpdated(WorkgroupQueue queue, int seconds) { }

        @Override public void oldestEntryUpdated(WorkgroupQueue queue, java.util.Date oldest) {
            tell("oldest", oldest.getTime());
        }

        @Override public void usersUpdated(WorkgroupQueue queue, java.util.Set<QueueUser> users) {
            List<Object> words = new ArrayList<>(List.of("users"));
            for (QueueUser user : users) words.add(user.getUserID() + "@" + user.getQueuePosition());
            tell(words.toArray());
        }
    }

    private void online(int maximum) throws Exception {
        session = new AgentSession(workgroup, connection);
        Desk desk = new Desk();
        session.addOfferListener(desk);
        session.addQueueUsersListener(desk);
        session.addInvitationListener(invitation -> tell("workgroup invites", invitation.getGroupChatName()));
        session.setOnline(true);
        session.setStatus(Presence.Mode.available, maximum);
        tell("online", session.isOnline());
    }

    private void join(String name) throws Exception {
        room = MultiUserChatManager.getInstanceFor(connection).getMultiUserChat(JidCreate.entityBareFrom(name));
        room.addMessageListener(message -> {
            if (message.getBody() != null) tell("heard", message.getFrom().getResourceOrEmpty(), message.getBody());
        });
        room.join(Resourcepart.from(connection.getUser().getLocalpart().toString()));
        tell("joined", room.getRoom());
    }

    private void tell(MacroGroup group) {
        tell("macros", group.getTitle());
        for (Macro macro : group.getMacros()) tell("macro", macro.getTitle(), macro.getResponse());
        for (MacroGroup inner : group.getMacroGroups()) tell(inner);
    }

    private void run(String[] words) throws Exception {
        switch (words[0]) {
            case "online": online(Integer.parseInt(words[1])); break;
            case "away": session.setStatus(Presence.Mode.away, Integer.parseInt(words[1])); tell("away"); break;
            case "accept": offer.accept(); break;
            case "reject": offer.reject(); break;
            case "join": join(words[1]); break;
            case "say": room.sendMessage(words[1]); break;
            case "leave": room.leave(); tell("left"); break;
            case "transfer":
                session.sendRoomTransfer(RoomTransfer.Type.valueOf(words[1]), words[2], words[3], words[4]);
                tell("transferring");
                break;
            case "invite":
                session.sendRoomInvitation(
                    RoomInvitation.Type.valueOf(words[1]), JidCreate.from(words[2]), words[3], words[4]);
                tell("inviting");
                break;
            case "occupants":
                for (OccupantsInfo.OccupantInfo each : session.getOccupantsInfo(words[1]).getOccupants()) {
                    tell("occupant", each.getJID(), each.getNickname());
                }
                tell("occupants end");
                break;
            case "metadata": tell("metadata", session.getChatMetadata(words[1])); break;
            case "macros": tell(session.getMacros(true)); tell("macros end"); break;
            case "history":
                for (AgentChatSession each : session.getAgentHistory(connection.getUser().asEntityBareJid(), 10, null)
                        .getAgentChatSessions()) {
                    tell("session", each.getVisitorsName(), each.getSessionID(), each.getQuestion());
                }
                tell("history end");
                break;
            case "transcripts":
                for (Transcripts.TranscriptSummary each : session.getTranscripts(JidCreate.from(words[1])).getSummaries()) {
                    tell("summary", each.getSessionID(), each.getAgentDetails().size());
                }
                tell("transcripts end");
                break;
            case "transcript":
                Transcript transcript = session.getTranscript(words[1]);
                for (Object each : transcript.getPackets()) {
                    if (each instanceof Message) {
                        tell("line", ((Message) each).getFrom().getResourceOrEmpty(), ((Message) each).getBody());
                    }
                }
                tell("transcript end");
                break;
            case "queue":
                customer = new Workgroup(workgroup, connection);
                customer.addQueueListener(new org.jivesoftware.smackx.workgroup.user.QueueListener() {
                    @Override public void joinedQueue() { tell("in line"); }
                    @Override public void departedQueue() { tell("out of line"); }
                    @Override public void queuePositionUpdated(int position) { tell("position", position); }
                    @Override public void queueWaitTimeUpdated(int seconds) { tell("wait", seconds); }
                });
                tell("open", customer.isAvailable());
                customer.joinQueue(new java.util.HashMap<String, Object>(), connection.getUser().asBareJid());
                tell("in queue", customer.isInQueue());
                break;
            case "depart": customer.departQueue(); tell("departed"); break;
            case "offline": session.setOnline(false); tell("offline"); break;
            default: tell("unknown", words[0]);
        }
    }

    /** Account, password, host, port, certificate of the authority, workgroup. */
    public static void main(String[] arguments) throws Exception {
        org.jivesoftware.smack.SmackConfiguration.setDefaultReplyTimeout(30_000);
        SmackAgent agent = new SmackAgent(arguments);
        tell("connected", agent.connection.getUser());
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            try {
                agent.run(line.split("\t", -1));
            } catch (Exception failure) {
                tell("failed", line, failure);
            }
        }
        agent.connection.disconnect();
    }
}

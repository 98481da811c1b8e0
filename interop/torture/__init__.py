#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Delivery torture: many clients, many messages, connections and processes that end at the worst moments."""

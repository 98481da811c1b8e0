#!/bin/bash
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
# Builds Smack from its sources, without gradle and without a network, for the scenario "spark":
#
#   apt-get install openjdk-17-jdk-headless libjxmpp-java libminidns-java
#   interop/peers/java/build-smack.sh SOURCES FOLDER        SOURCES: a copy of github.com/igniterealtime/Smack, tag 4.4.8
#   export SMACK_CLASSPATH=$(cat FOLDER/classpath)
set -euo pipefail

[ $# = 2 ] || { sed -n '8,12s/^# \{0,1\}//p' "$0" >&2; exit 1; }
sources=$1
mkdir -p "$2/classes"
folder=$(cd "$2" && pwd)
modules="core xmlparser xmlparser-stax im extensions tcp legacy sasl-provided streammanagement java8"
libraries=""
for name in jxmpp-core jxmpp-jid jxmpp-util-cache jxmpp-stringprep-icu4j minidns-core minidns-client minidns-dnssec icu4j; do
    if [ -e "/usr/share/java/$name.jar" ]; then libraries+="/usr/share/java/$name.jar:"; fi
done

for module in $modules; do
    find "$sources/smack-$module/src/main/java" -name '*.java' ! -name module-info.java
    if [ -d "$sources/smack-$module/src/main/resources" ]; then cp -r "$sources/smack-$module/src/main/resources/." "$folder/classes/"; fi
done > "$folder/files"
mkdir -p "$folder/classes/org.jivesoftware.smack"
cp "$sources/version" "$folder/classes/org.jivesoftware.smack/version"
javac -nowarn -proc:none -encoding UTF-8 -d "$folder/classes" -cp "$libraries" "@$folder/files" 2> >(grep -v '^Note:' >&2)
echo "$folder/classes:$libraries" > "$folder/classpath"

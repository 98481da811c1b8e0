//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

#pragma once

// Debian builds libxml2 with ICU, whose headers then clash with the ICU inside Foundation. Only the layout of
// `xmlCharEncodingHandler` depends on it, which is never touched from Swift.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/SAX2.h>
#include <libxml/xmlerror.h>
#include <libxml/dict.h>
#include <libxml/xmlreader.h>

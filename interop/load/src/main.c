//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//
/* Options, and the list of scenarios. */
#define _GNU_SOURCE
#include "run.h"
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

struct opts O = {.host = "127.0.0.1", .port = 5222, .domain = "localhost.example", .prefix = "u", .password = "p",
                 .mech = "SCRAM-SHA-1", .label = "", .users = 100, .conc = 50, .pairs = 50, .window = 1, .senders = 10,
                 .contacts = 20, .runs = 3, .src_n = 20, .seed = 50, .per_conn = 1, .size = 100, .duration = 8,
                 .warmup = 2, .hold = 5, .timeout = 300};
/* ---------------------------------------------------------------- main */
static const struct { const char *name; void (*run)(void); const char *what; } scenarios[] = {
    {"register", sc_register, "create users first..first+users-1 by XEP-0077"},
    {"login", sc_login, "users log in, conc at a time"},
    {"idle", sc_idle, "users online and idle: memory per connection"},
    {"chat", sc_chat, "pairs exchange messages: closed loop (window) or open loop (rate)"},
    {"muc", sc_muc, "users in one room, senders talk"},
    {"setup-roster", sc_setup_roster, "subscribe each user to its contacts nearest neighbours, both ways"},
    {"presence", sc_presence, "senders change their status, contacts get it"},
    {"storm", sc_storm, "all drop at once and log back in"},
    {"mam", sc_mam, "query the last 50 archived messages"},
    {"restart", sc_restart, "all online; the server goes and comes back (prints ready, reads the new pid)"},
};
static void usage(void) {
    fprintf(stderr, "xmppload SCENARIO [options]\nscenarios:\n");
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) fprintf(stderr, "  %-13s %s\n", scenarios[i].name, scenarios[i].what);
    fprintf(stderr, "options: --host A --port N --domain D --muc HOST --tls starttls|direct|none --mech SCRAM-SHA-1|PLAIN --server-pid PID\n"
                    "  --host2 A --port2 N --domain2 D --server-pid2 PID: users with odd numbers are there\n"
                    "  --prefix u --password p --first N --users N --conc N --pairs N --window N --rate R --senders N --contacts N\n"
                    "  --size BYTES --duration S --warmup S --hold S --runs N --seed N --per-conn N --src-n N --timeout S --label TEXT\n"
                    "  --scram-cache FILE --sm --resume --full --carbons --no-echo --no-roster --no-presence\n"
                    "  --sasl2 --fast HT-SHA-256-NONE|HT-SHA-256-EXPR --pipeline: SASL2 with Bind 2, tokens, no waiting for features\n");
    exit(2);
}
int main(int argc, char **argv) {
    enum { HOST = 1, PORT, DOMAIN, MUC, TLS, MECH, PID, PREFIX, PASSWORD, FIRST, USERS, CONC, PAIRS, WINDOW, RATE, SENDERS, CONTACTS,
           SIZE, DURATION, WARMUP, HOLD, RUNS, SEED, PERCONN, HOST2, PORT2, DOMAIN2, PID2, SRCN, TIMEOUT, LABEL, CACHE, SM, RESUME, FULL, CARBONS, NOECHO, NOROSTER, NOPRESENCE, SASL2, FAST,
           PIPELINE };
    static const struct option lo[] = {
        {"host", 1, 0, HOST}, {"host2", 1, 0, HOST2}, {"port2", 1, 0, PORT2}, {"domain2", 1, 0, DOMAIN2}, {"server-pid2", 1, 0, PID2},
         {"port", 1, 0, PORT}, {"domain", 1, 0, DOMAIN}, {"muc", 1, 0, MUC}, {"tls", 1, 0, TLS}, {"mech", 1, 0, MECH},
        {"server-pid", 1, 0, PID}, {"prefix", 1, 0, PREFIX}, {"password", 1, 0, PASSWORD}, {"first", 1, 0, FIRST}, {"users", 1, 0, USERS},
        {"conc", 1, 0, CONC}, {"pairs", 1, 0, PAIRS}, {"window", 1, 0, WINDOW}, {"rate", 1, 0, RATE}, {"senders", 1, 0, SENDERS},
        {"contacts", 1, 0, CONTACTS}, {"size", 1, 0, SIZE}, {"duration", 1, 0, DURATION}, {"warmup", 1, 0, WARMUP}, {"hold", 1, 0, HOLD},
        {"runs", 1, 0, RUNS}, {"seed", 1, 0, SEED}, {"per-conn", 1, 0, PERCONN}, {"src-n", 1, 0, SRCN}, {"timeout", 1, 0, TIMEOUT},
        {"label", 1, 0, LABEL}, {"scram-cache", 1, 0, CACHE}, {"sm", 0, 0, SM}, {"resume", 0, 0, RESUME}, {"full", 0, 0, FULL},
        {"carbons", 0, 0, CARBONS}, {"no-echo", 0, 0, NOECHO}, {"no-roster", 0, 0, NOROSTER}, {"no-presence", 0, 0, NOPRESENCE}, {"sasl2", 0, 0, SASL2},
        {"fast", 1, 0, FAST}, {"pipeline", 0, 0, PIPELINE}, {0, 0, 0, 0}};
    if (argc < 2) usage();
    O.scenario = argv[1];
    for (int o; optind = optind < 2 ? 2 : optind, (o = getopt_long(argc, argv, "", lo, NULL)) != -1;) switch (o) {
        case HOST: O.host = optarg; break;            case PORT: O.port = atoi(optarg); break;
        case HOST2: O.host2 = optarg; break;          case PORT2: O.port2 = atoi(optarg); break;
        case DOMAIN2: O.domain2 = optarg; break;      case PID2: O.server_pid2 = atoi(optarg); break;
        case DOMAIN: O.domain = optarg; break;        case MUC: O.muc = optarg; break;
        case TLS: O.tls = !strcmp(optarg, "direct") ? TLS_DIRECT : !strcmp(optarg, "none") ? TLS_NONE : TLS_STARTTLS; break;
        case MECH: O.mech = optarg; break;            case PID: O.server_pid = atoi(optarg); break;
        case PREFIX: O.prefix = optarg; break;        case PASSWORD: O.password = optarg; break;
        case FIRST: O.first = atoi(optarg); break;    case USERS: O.users = atoi(optarg); break;
        case CONC: O.conc = atoi(optarg); break;      case PAIRS: O.pairs = atoi(optarg); break;
        case WINDOW: O.window = atoi(optarg); break;  case RATE: O.rate = atof(optarg); break;
        case SENDERS: O.senders = atoi(optarg); break; case CONTACTS: O.contacts = atoi(optarg); break;
        case SIZE: O.size = atoi(optarg); break;      case DURATION: O.duration = atof(optarg); break;
        case WARMUP: O.warmup = atof(optarg); break;  case HOLD: O.hold = atof(optarg); break;
        case RUNS: O.runs = atoi(optarg); break;      case SEED: O.seed = atoi(optarg); break;
        case PERCONN: O.per_conn = atoi(optarg); break; case SRCN: O.src_n = atoi(optarg); break;
        case TIMEOUT: O.timeout = atof(optarg); break; case LABEL: O.label = optarg; break;
        case CACHE: O.cache = optarg; break;          case SM: O.sm = true; break;
        case RESUME: O.sm = O.resume = true; break;   case FULL: O.full = true; break;
        case CARBONS: O.carbons = true; break;        case NOECHO: O.no_echo = true; break;
        case NOROSTER: O.no_roster = true; break;     case NOPRESENCE: O.no_presence = true; break;
        case SASL2: O.sasl2 = true; break;            case FAST: O.sasl2 = true, O.fast = optarg; break;
        case PIPELINE: O.pipeline = true; break;
        default: usage();
        }
    if (optind < argc) usage();
    if (O.domain2 && (!O.host2 || !O.port2)) usage();
    static char muc[300];
    if (!O.muc) snprintf(muc, sizeof muc, "conference.%s", O.domain), O.muc = muc;
    if (O.size < 1 || O.size > 2000) O.size = 100;
    for (int i = 0; i < O.size; i++) pad[i] = "the quick brown fox jumps over the lazy dog "[i % 44];
    signal(SIGPIPE, SIG_IGN);
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
    net_init();
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (!strcmp(O.scenario, scenarios[i].name)) {
            scenarios[i].run();
            scram_cache_save();
            return 0;
        }
    usage();
}

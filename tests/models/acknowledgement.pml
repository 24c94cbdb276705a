/* The acknowledgement protocol: a worker with its outbox, the daemon, a network that loses and doubles.
 *
 * Two incarnations of a worker come one after the other, each with a task of its own and N records. Each process may
 * crash at every point where it matters. What is checked stands in the assertions; a worker that can never end is an
 * invalid end state, which pan reports too. Each name in an #ifdef is a mutant that must fail: test_models.py runs them.
 */
#define N 2
#define PLACE(inc, n) ((inc - 1) * N + n)

mtype = { ACK, FENCED };
chan to_daemon = [2] of { byte, byte };        /* incarnation, record */
chan to_worker[3] = [2] of { mtype, byte };    /* by incarnation: nobody gets another one's answers */

byte stored[5], executed[5];                   /* on disk; seen by the phone */
byte outbox[3];                                /* on disk: the record of the step in flight, 0 for none */
bool dead[3], buried[3];                       /* its lock is free; its task is ended in the store */
byte worker_crashes = 1, daemon_crashes = 1, losses = 1, doubles = 1;

inline commit(inc, n) {
    if
#ifndef NO_KEY
    :: stored[PLACE(inc, n)] -> skip           /* a repeat: the same answer, nothing written */
#endif
#ifdef NO_KEY
    :: true -> stored[PLACE(inc, n)]++
#else
    :: else -> stored[PLACE(inc, n)]++
#endif
    fi;
    assert(stored[PLACE(inc, n)] == 1)         /* exactly once */
}

inline answer(inc, n, what) {
    if
    :: nfull(to_worker[inc]) -> to_worker[inc]!what, n
    :: full(to_worker[inc]) -> skip            /* never wait for a peer: it asks again */
    fi
}

active proctype daemon() {
    byte inc, n;
end_waits:
    do
    :: to_daemon?inc, n ->
#ifdef ACK_BEFORE_COMMIT
        answer(inc, n, ACK);
#endif
        if
        :: daemon_crashes -> daemon_crashes--; goto end_waits    /* nothing was written, nobody hears anything */
        :: true
        fi;
        if
#ifndef NO_FENCE
        :: buried[inc] -> atomic { commit(inc, n) }; answer(inc, n, FENCED)    /* kept, marked late */
        :: else ->
#else
        :: true ->
            assert(!buried[inc]);              /* what has ended is not written on */
#endif
            atomic { commit(inc, n) };
            if
            :: daemon_crashes -> daemon_crashes--; goto end_waits    /* written, but the answer is lost */
            :: true
            fi;
            answer(inc, n, ACK)
        fi
    :: dead[1] && !buried[1] -> inc = 1; goto bury
    :: dead[2] && !buried[2] -> inc = 2; goto bury
    od;
bury:
#ifndef OUTBOX_IGNORED
    if
    :: outbox[inc] -> n = outbox[inc]; atomic { commit(inc, n) }
    :: else
    fi;
    if
    :: daemon_crashes -> daemon_crashes--; goto end_waits    /* taken in, not ended: both are done again */
    :: true
    fi;
#endif
    assert(!outbox[inc] || stored[PLACE(inc, outbox[inc])]);
    buried[inc] = true;
    goto end_waits
}

inline act(inc, n) {
    assert(stored[PLACE(inc, n)] && !executed[PLACE(inc, n)]);    /* write ahead; never twice */
    executed[PLACE(inc, n)]++
}

proctype worker(byte inc) {
    byte n = 1, answered;
    mtype what;
    do
    :: n > N -> break
    :: else ->
#ifdef ACT_FIRST
        act(inc, n);
#endif
        to_daemon!inc, n;
        do
        :: to_worker[inc]?what, answered ->
            if
            :: what == ACK && answered == n -> break
            :: else                            /* an answer to an earlier asking */
            fi
#ifndef NO_RESEND
        :: empty(to_daemon) && empty(to_worker[inc]) -> to_daemon!inc, n
#endif
        :: outbox[inc] != n -> outbox[inc] = n
        :: worker_crashes -> worker_crashes--; goto gone
        od;
#ifndef ACT_FIRST
        act(inc, n);
#endif
        outbox[inc] = 0;
        n++
    od;
gone:
    dead[inc] = true
}

active proctype network() {
    byte inc, n;
    mtype what;
end_idle:
    do
    :: atomic { losses && nempty(to_daemon) -> to_daemon?inc, n; losses-- }
    :: atomic { doubles && nempty(to_daemon) && nfull(to_daemon) -> to_daemon?<inc, n>; to_daemon!inc, n; doubles-- }
    :: atomic { losses && nempty(to_worker[1]) -> to_worker[1]?what, n; losses-- }
    :: atomic { losses && nempty(to_worker[2]) -> to_worker[2]?what, n; losses-- }
    od
}

init {
    run worker(1);
    buried[1];
    run worker(2);
    buried[2]
}

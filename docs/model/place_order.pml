/* The protocol of placing, compensating, cancelling and shipping orders, for the model checker Spin.
 * README.md describes what the model covers; `make model` runs it.
 *
 * Two things need no code of their own:
 *   A process that crashes is one that never takes its next step. Spin considers that after every step.
 *   A call that was sent may be executed at any later time, any number of times, or never (see network).
 *   So "lost", "late", "duplicated" and "executed, but the response was lost" are the same: sent, and
 *   the outcome is unknown.
 */
#define STOCK 1
#define IDS   3
#define KEY_OF(id) (id / 2)     /* key 0, sent twice, may use ids 0 and 1; key 1, sent once, uses id 2 */

mtype = {
    absent, started, completed, rejected, aborting, aborted,     /* an attempt */
    none,                                                       /* no order, reservation or message */
    confirmed, cancelled, shipped,                              /* an order */
    held, released, fulfilled,                                  /* a reservation */
    release, fulfil,                                            /* an outbox message */
    granted, too_few, unknown                                   /* the outcome of a PUT */
};

/* the orders database */
mtype attempt[2] = absent;
byte  order_id[2];
byte  ids_used[2];
mtype order[IDS] = none;
mtype message[IDS] = none;

/* the inventory database */
mtype reservation[IDS] = none;
byte  stock = STOCK;

/* the calls that were sent */
bool put_sent[IDS], release_sent[IDS], fulfil_sent[IDS];

/* Inventory: each inline is one of its transactions. Rejecting a PUT for a shortage takes two. */

inline reserve_stock(id, outcome) {
    if
    :: reservation[id] == none && stock > 0 -> reservation[id] = held; stock--; outcome = granted
    :: reservation[id] == none && stock == 0 -> outcome = too_few
    :: reservation[id] == held -> outcome = granted
    :: else -> outcome = unknown         /* an error that the order service treats as unknown */
    fi
}

inline remember_shortage(id, outcome) {
    if
#ifdef SHORTAGE_FORGOTTEN
    :: reservation[id] == none
#else
    :: reservation[id] == none -> reservation[id] = released
#endif
    :: reservation[id] == held -> outcome = granted      /* a duplicate was faster */
    :: else -> outcome = unknown
    fi
}

inline release_stock(id) {
    if
#ifdef NO_TOMBSTONE
    :: reservation[id] == none
#else
    :: reservation[id] == none -> reservation[id] = released    /* a tombstone: a late PUT is rejected */
#endif
    :: reservation[id] == held -> reservation[id] = released; stock++
    :: else -> assert(reservation[id] == released)
    fi
}

inline fulfil_stock(id) {
    if
    :: reservation[id] == held -> reservation[id] = fulfilled
    :: else -> assert(reservation[id] == fulfilled)
    fi
}

/* Orders: a change of an attempt checks its state and its current order id (optimistic locking). */

inline claim(k, id, won) {
    d_step {
        if
        :: attempt[k] == absent || attempt[k] == aborted ->
            id = 2 * k + ids_used[k]; ids_used[k]++;
            attempt[k] = started; order_id[k] = id; won = true
        :: else -> won = false
        fi
    }
}

inline change_state(k, id, from, to) {
    if
    :: attempt[k] == from && order_id[k] == id -> attempt[k] = to
    :: else
    fi
}

/* Release the stock, and mark the attempt aborted only after inventory has confirmed it. The worker
 * does so, and a request with the same key. */
inline compensate(k, id, acked) {
    atomic {
        release_sent[id] = true;
        if
        :: release_stock(id); acked = true
#ifdef ABORT_UNCONFIRMED
        :: acked = true
#else
        :: acked = false
#endif
        fi
    };
    d_step {
        if
        :: acked -> change_state(k, id, aborting, aborted)
        :: else
        fi
    }
}

proctype request(byte k) {
    byte id, tries; bool ok; mtype outcome = unknown;

    claim(k, id, ok);
    if
    :: ok
    :: !ok ->
        atomic {                                            /* who holds the key? */
            if
            :: attempt[k] == aborting || attempt[k] == aborted -> id = order_id[k]
            :: else -> goto responded
            fi
        };
        compensate(k, id, ok);
        if
        :: ok -> claim(k, id, ok)
        :: !ok
        fi;
        if
        :: ok
        :: !ok -> goto responded
        fi
    fi;

    do                                                      /* one retry after an unknown outcome */
    :: atomic { tries < 2 -> tries++; put_sent[id] = true;
            if
            :: reserve_stock(id, outcome)
            :: outcome = unknown
            fi
        };
        if
        :: d_step { outcome == too_few -> remember_shortage(id, outcome) }
        :: outcome != too_few
        fi;
        if
        :: outcome == unknown
        :: outcome != unknown -> break
        fi
    :: tries == 2 -> break
    od;

    atomic {
        if
        :: outcome == granted ->
            if
#ifdef SAVE_UNCHECKED
            :: attempt[k] = completed; order[id] = confirmed
#else
            :: attempt[k] == started && order_id[k] == id -> attempt[k] = completed; order[id] = confirmed
            :: else                                         /* the worker was faster: 503 */
#endif
            fi
#ifdef TRUST_SHORTAGE
        :: outcome == too_few -> change_state(k, id, started, rejected)
#else
        :: outcome == too_few && tries == 1 -> change_state(k, id, started, rejected)
#endif
        :: else -> change_state(k, id, started, aborting)
        fi
    };
responded:
    atomic { id = 0; tries = 0; ok = false; outcome = unknown }
}

/* A transition: an order is cancelled or shipped, in one transaction. */
proctype transition() {
    byte id;
end:
    atomic {
        if
        :: order[0] == confirmed -> id = 0
        :: order[1] == confirmed -> id = 1
        :: order[2] == confirmed -> id = 2
        fi;
        if
        :: order[id] = cancelled; message[id] = release
        :: order[id] = shipped; message[id] = fulfil
        fi;
#ifdef NO_OUTBOX
        if
        :: message[id] == release -> release_sent[id] = true
        :: message[id] == fulfil -> fulfil_sent[id] = true
        fi;
        message[id] = none;
#endif
        id = 0
    }
}

/* The order worker. A lease may expire at any moment. */
active proctype worker() {
    byte id, k; bool ok;
end:
    do
    :: d_step { attempt[0] == started -> attempt[0] = aborting }
    :: d_step { attempt[1] == started -> attempt[1] = aborting }
    :: atomic {
            if
            :: attempt[0] == aborting -> k = 0
            :: attempt[1] == aborting -> k = 1
            fi;
            id = order_id[k]
        };
        compensate(k, id, ok);
        d_step { id = 0; k = 0; ok = false }
    :: atomic {
            if
            :: message[0] != none -> id = 0
            :: message[1] != none -> id = 1
            :: message[2] != none -> id = 2
            fi;
            if
            :: message[id] == release -> release_sent[id] = true;
                if
                :: release_stock(id); ok = true
                :: ok = false                               /* the outcome is unknown: the message stays */
                fi
            :: message[id] == fulfil -> fulfil_sent[id] = true;
                if
                :: fulfil_stock(id); ok = true
                :: ok = false
                fi
            fi
        };
        d_step {
            if
            :: ok -> message[id] = none
            :: else
            fi;
            id = 0; ok = false
        }
    od
}

/* Executes a call that was sent, late or again; only where inventory would still change something. */
active proctype network() {
    mtype outcome = unknown;
#define DELIVER_PUT(id) \
    d_step { put_sent[id] && reservation[id] == none -> reserve_stock(id, outcome); \
        if :: outcome == too_few -> remember_shortage(id, outcome) :: else fi; \
        outcome = unknown }
#define DELIVER_RELEASE(id) d_step { release_sent[id] && reservation[id] != released -> release_stock(id) }
#define DELIVER_FULFIL(id)  d_step { fulfil_sent[id] && reservation[id] != fulfilled -> fulfil_stock(id) }
end:
    do
    :: DELIVER_PUT(0)     :: DELIVER_PUT(1)     :: DELIVER_PUT(2)
    :: DELIVER_RELEASE(0) :: DELIVER_RELEASE(1) :: DELIVER_RELEASE(2)
    :: DELIVER_FULFIL(0)  :: DELIVER_FULFIL(1)  :: DELIVER_FULFIL(2)
    od
}

/* The invariants. */

#define UNFINISHED(i) (order_id[KEY_OF(i)] == i && \
    (attempt[KEY_OF(i)] == started || attempt[KEY_OF(i)] == aborting))
#define VIOLATED(i) ( \
    (order[i] == confirmed && reservation[i] != held) || \
    (order[i] == none && reservation[i] == held && !UNFINISHED(i)) || \
    (order[i] == none && reservation[i] == fulfilled) || \
    (order[i] == cancelled && message[i] == none && reservation[i] != released) || \
    (order[i] == shipped && message[i] == none && reservation[i] != fulfilled) )
#define IN_RESERVATIONS ( \
    (reservation[0] == held) + (reservation[1] == held) + (reservation[2] == held) + \
    (reservation[0] == fulfilled) + (reservation[1] == fulfilled) + (reservation[2] == fulfilled) )
#define TWO_ORDERS_OF_A_KEY (order[0] != none && order[1] != none)
#define ORDER_OF_KEY_0 (order[0] != none || order[1] != none)
#define ORDER_OF_KEY_1 (order[2] != none)

active proctype audit() {
end:
    atomic {
        VIOLATED(0) || VIOLATED(1) || VIOLATED(2) ||
        stock + IN_RESERVATIONS != STOCK || TWO_ORDERS_OF_A_KEY ||
        (attempt[0] == completed) != ORDER_OF_KEY_0 || (attempt[1] == completed) != ORDER_OF_KEY_1 ->
        assert(false)
    }
}

init {
    atomic { run request(0); run request(0); run request(1); run transition() }
}

/* How orders are placed, undone, cancelled and shipped, for the model checker Spin. README.md beside this file says what is
 * in here and what is not; `make model` runs it.
 *
 * Two things are left out on purpose, because they come by themselves:
 *   A process that dies is one that never takes its next step. Spin looks at that anyway, after every step of each.
 *   A call that was sent may be carried out at any later time, any number of times, or never (see network). So "lost",
 *   "late", "twice" and "carried out, but the answer was lost" are all of them one thing: sent, and not heard of.
 */
#define STOCK 1
#define IDS   3
#define KEY_OF(id) (id / 2)     /* key 0 is sent twice and may use ids 0 and 1; key 1 is sent once and uses id 2 */

mtype = {
    absent, started, completed, refused, aborting, aborted,     /* an attempt */
    none,                                                       /* no order, reservation or task */
    confirmed, cancelled, shipped,                              /* an order */
    held, released, fulfilled,                                  /* a reservation */
    release, fulfil,                                            /* a stock task */
    granted, too_few, unheard                                   /* what became of a PUT */
};

/* the orders database */
mtype attempt[2] = absent;
byte  order_id[2];
byte  ids_used[2];
mtype order[IDS] = none;
mtype task[IDS] = none;

/* the inventory database */
mtype reservation[IDS] = none;
byte  stock = STOCK;

/* what was ever sent */
bool put_sent[IDS], release_sent[IDS], fulfil_sent[IDS];

/* Inventory: each is a transaction of it. Rejecting a PUT for lack of stock takes two. */

inline reserve_stock(id, answer) {
    if
    :: reservation[id] == none && stock > 0 -> reservation[id] = held; stock--; answer = granted
    :: reservation[id] == none && stock == 0 -> answer = too_few
    :: reservation[id] == held -> answer = granted
    :: else -> answer = unheard         /* a no, but not one that the order service takes for an answer */
    fi
}

inline remember_shortage(id, answer) {
    if
#ifdef SHORTAGE_FORGOTTEN
    :: reservation[id] == none
#else
    :: reservation[id] == none -> reservation[id] = released
#endif
    :: reservation[id] == held -> answer = granted      /* another copy was faster */
    :: else -> answer = unheard
    fi
}

inline release_stock(id) {
    if
#ifdef NO_TOMBSTONE
    :: reservation[id] == none
#else
    :: reservation[id] == none -> reservation[id] = released    /* a later PUT is rejected */
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

/* Orders: a change of an attempt asks for the state it starts from and for the order id under way. */

inline claim(k, id, mine) {
    d_step {
        if
        :: attempt[k] == absent || attempt[k] == aborted ->
            id = 2 * k + ids_used[k]; ids_used[k]++; attempt[k] = started; order_id[k] = id; mine = true
        :: else -> mine = false
        fi
    }
}

inline from_to(k, id, from, to) {
    if
    :: attempt[k] == from && order_id[k] == id -> attempt[k] = to
    :: else
    fi
}

/* Tell inventory, and call the try aborted only when it has answered. The worker does so, and a request with the same key. */
inline undo(k, id, heard) {
    atomic {
        release_sent[id] = true;
        if
        :: release_stock(id); heard = true
#ifdef UNDO_UNHEARD
        :: heard = true
#else
        :: heard = false
#endif
        fi
    };
    d_step {
        if
        :: heard -> from_to(k, id, aborting, aborted)
        :: else
        fi
    }
}

proctype request(byte k) {
    byte id, tries; bool ok; mtype answer = unheard;

    claim(k, id, ok);
    if
    :: ok
    :: !ok ->
        atomic {                                            /* who has the key? */
            if
            :: attempt[k] == aborting || attempt[k] == aborted -> id = order_id[k]
            :: else -> goto answered
            fi
        };
        undo(k, id, ok);
        if
        :: ok -> claim(k, id, ok)
        :: !ok
        fi;
        if
        :: ok
        :: !ok -> goto answered
        fi
    fi;

    do                                                      /* one more try after an unknown outcome */
    :: atomic { tries < 2 -> tries++; put_sent[id] = true;
            if
            :: reserve_stock(id, answer)
            :: answer = unheard
            fi
        };
        if
        :: d_step { answer == too_few -> remember_shortage(id, answer) }
        :: answer != too_few
        fi;
        if
        :: answer == unheard
        :: answer != unheard -> break
        fi
    :: tries == 2 -> break
    od;

    atomic {
        if
        :: answer == granted ->
            if
#ifdef SAVE_UNASKED
            :: attempt[k] = completed; order[id] = confirmed
#else
            :: attempt[k] == started && order_id[k] == id -> attempt[k] = completed; order[id] = confirmed
            :: else                                         /* the worker was faster: 503 */
#endif
            fi
#ifdef TRUST_REFUSAL
        :: answer == too_few -> from_to(k, id, started, refused)
#else
        :: answer == too_few && tries == 1 -> from_to(k, id, started, refused)
#endif
        :: else -> from_to(k, id, started, aborting)
        fi
    };
answered:
    atomic { id = 0; tries = 0; ok = false; answer = unheard }
}

/* An order is cancelled or shipped: one transaction. */
proctype change() {
    byte id;
end:
    atomic {
        if
        :: order[0] == confirmed -> id = 0
        :: order[1] == confirmed -> id = 1
        :: order[2] == confirmed -> id = 2
        fi;
        if
        :: order[id] = cancelled; task[id] = release
        :: order[id] = shipped; task[id] = fulfil
        fi;
#ifdef NO_TASK
        if
        :: task[id] == release -> release_sent[id] = true
        :: task[id] == fulfil -> fulfil_sent[id] = true
        fi;
        task[id] = none;
#endif
        id = 0
    }
}

/* The order worker. It may take the slowest of requests for dead, at any moment. */
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
        undo(k, id, ok);
        d_step { id = 0; k = 0; ok = false }
    :: atomic {
            if
            :: task[0] != none -> id = 0
            :: task[1] != none -> id = 1
            :: task[2] != none -> id = 2
            fi;
            if
            :: task[id] == release -> release_sent[id] = true;
                if
                :: release_stock(id); ok = true
                :: ok = false                               /* not heard of: it stays a task */
                fi
            :: task[id] == fulfil -> fulfil_sent[id] = true;
                if
                :: fulfil_stock(id); ok = true
                :: ok = false
                fi
            fi
        };
        d_step {
            if
            :: ok -> task[id] = none
            :: else
            fi;
            id = 0; ok = false
        }
    od
}

/* Carries out what was sent, at last or once more; only where inventory would still do something. */
active proctype network() {
    mtype answer = unheard;
#define DELIVER_PUT(id) \
    d_step { put_sent[id] && reservation[id] == none -> reserve_stock(id, answer); \
        if :: answer == too_few -> remember_shortage(id, answer) :: else fi; \
        answer = unheard }
#define DELIVER_RELEASE(id) d_step { release_sent[id] && reservation[id] != released -> release_stock(id) }
#define DELIVER_FULFIL(id)  d_step { fulfil_sent[id] && reservation[id] != fulfilled -> fulfil_stock(id) }
end:
    do
    :: DELIVER_PUT(0)     :: DELIVER_PUT(1)     :: DELIVER_PUT(2)
    :: DELIVER_RELEASE(0) :: DELIVER_RELEASE(1) :: DELIVER_RELEASE(2)
    :: DELIVER_FULFIL(0)  :: DELIVER_FULFIL(1)  :: DELIVER_FULFIL(2)
    od
}

/* What has to hold at every moment. */

#define UNDER_WAY(i) (order_id[KEY_OF(i)] == i && (attempt[KEY_OF(i)] == started || attempt[KEY_OF(i)] == aborting))
#define WRONG(i) ( \
    (order[i] == confirmed && reservation[i] != held) || \
    (order[i] == none && reservation[i] == held && !UNDER_WAY(i)) || \
    (order[i] == none && reservation[i] == fulfilled) || \
    (order[i] == cancelled && task[i] == none && reservation[i] != released) || \
    (order[i] == shipped && task[i] == none && reservation[i] != fulfilled) )
#define IN_RESERVATIONS ( \
    (reservation[0] == held) + (reservation[1] == held) + (reservation[2] == held) + \
    (reservation[0] == fulfilled) + (reservation[1] == fulfilled) + (reservation[2] == fulfilled) )
#define TWO_ORDERS_OF_A_KEY (order[0] != none && order[1] != none)
#define ORDER_OF_KEY_0 (order[0] != none || order[1] != none)
#define ORDER_OF_KEY_1 (order[2] != none)

active proctype audit() {
end:
    atomic {
        WRONG(0) || WRONG(1) || WRONG(2) || stock + IN_RESERVATIONS != STOCK || TWO_ORDERS_OF_A_KEY ||
        (attempt[0] == completed) != ORDER_OF_KEY_0 || (attempt[1] == completed) != ORDER_OF_KEY_1 ->
        assert(false)
    }
}

init {
    atomic { run request(0); run request(0); run request(1); run change() }
}

"""The gunicorn worker: each free thread waits for requests itself, and the last free one keeps the door.

A thread takes up whole requests only, so a client that sends slowly, or nothing, costs a connection and no thread; and so does
one that is slow to take its answer. All free threads wait at one poller and answer what they find there; nothing is handed from
thread to thread (a form of Leader/Followers: Schmidt et al., Pattern-Oriented Software Architecture 2). When only one thread is
left free, it answers nothing: it queues what comes, and refuses what has waited for too long (chassis.server.overload). A thread
that becomes free looks into the queue first. Speaks plain HTTP/1.1, on Linux.
"""

import contextlib
import os
import threading
import time
from typing import Any

from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser
from gunicorn.workers.base import Worker as GunicornWorker

from chassis.server import overload
from chassis.server.connections import LINGER_SECONDS, Connection, CutOff, Gone
from chassis.server.overload import Queue, Waiting
from chassis.server.poller import MOST_UNSAID, Poller


class Worker(GunicornWorker):
    def init_process(self) -> None:
        self._poller = Poller()
        self._queue = Queue(self.cfg.threads)
        self._over = threading.Event()
        super().init_process()

    def handle_exit(self, sig: int, frame: Any) -> None:
        self.alive = False
        self._over.set()

    def run(self) -> None:
        self._poller.accept_from(self.sockets)
        for _ in range(self.cfg.threads):
            threading.Thread(target=self._work, daemon=True).start()
        while not self._over.wait(1.0) and self.ppid == os.getppid():
            self.notify()
            self._poller.drop_the_overdue()
        self._stop()

    def _stop(self) -> None:
        """Accept nothing more; answer what has come, and for a moment what comes on connections that were kept."""
        self.alive = False
        self._poller.accept_no_more()
        began = time.monotonic()
        while (spent := time.monotonic() - began) < self.cfg.graceful_timeout:
            if not (self._queue.is_at_work or self._poller.unsaid) and (spent > LINGER_SECONDS or not self._poller):
                return
            self.notify()
            self._poller.drop_the_overdue()
            time.sleep(0.02)

    def _work(self) -> None:
        while True:
            try:
                self._take_a_turn()
            except Exception:
                self.log.exception("A thread of the server stumbled.")

    def _take_a_turn(self) -> None:
        for connection in self._poller.ready(self._queue.patience, self._queue.at_the_door):
            self._listen(connection)
        while late := self._queue.take_late():
            self._refuse(late)
        waiting = self._queue.take_up()
        while waiting:
            if self._queue.could_go_faster:
                self._poller.ring()
            self._answer(waiting)
            waiting = self._queue.next_of_a_busy_thread()

    def _listen(self, connection: Connection) -> None:
        if connection.outgoing:
            self._say_on(connection)
            return
        try:
            request = connection.next_request()
        except Gone:
            connection.close()
            return
        except CutOff:  # nothing is done by halves
            with contextlib.suppress(OSError):  # it may have gone altogether
                util.write_error(connection.sock, 400, "Bad Request", "")
            connection.close()
            return
        if request is None:
            self._poller.watch(connection)
        else:
            self._queue.add(Waiting(connection, request, time.monotonic()))

    def _say_on(self, connection: Connection) -> None:
        try:
            connection.outgoing.flush()
        except OSError:
            self._poller.late.discard(connection)
            connection.close()
        else:
            self._release(connection, connection.goes_on)

    def _answer(self, waiting: Waiting) -> None:
        try:
            goes_on = self._respond(waiting)
        except OSError:  # the client has gone, or takes nothing
            waiting.connection.close()
        except Exception:
            self.log.exception("An answer was cut off.")
            waiting.connection.close()
        else:
            self._release(waiting.connection, goes_on)

    def _respond(self, waiting: Waiting) -> bool:
        """Answer it, and tell whether the connection goes on."""
        connection, request, response = waiting.connection, None, None
        parser = RequestParser(self.cfg, iter([waiting.request]), connection.client)
        try:
            request = next(parser)
            request._expected_100_continue = False  # it is all here
            response, environ = wsgi.create(request, connection.outgoing, connection.client, connection.server, self.cfg)
            environ |= {"wsgi.multithread": True, "chassis.request_start": waiting.arrived}
            if connection.incoming.is_cut_off or not self.alive:
                response.force_close()
            self._send(response, self.wsgi(environ, response.start_response))
            connection.outgoing.flush()
            return not response.should_close()
        except OSError:
            raise
        except Exception as error:
            if response and response.headers_sent:
                raise
            self.handle_error(request, connection.sock, connection.client, error)
            return False

    def _send(self, response: Any, body: Any) -> None:
        try:
            for part in body:
                response.write(part)
            response.close()
        finally:
            if hasattr(body, "close"):
                body.close()

    def _refuse(self, late: Waiting) -> None:
        try:
            late.connection.send_now(overload.refusal(late))
        except Gone:
            late.connection.close()
        else:
            goes_on = self.alive and not overload.is_last(late.request) and not late.connection.incoming.is_cut_off
            self._release(late.connection, goes_on)

    def _release(self, connection: Connection, goes_on: bool) -> None:
        late = self._poller.late
        if connection.outgoing:
            if connection not in late and self._poller.unsaid > MOST_UNSAID:
                connection.close()
                return
            late.add(connection)
            connection.say_the_rest_first(goes_on)
            self._poller.watch(connection)
            return
        late.discard(connection)
        if not goes_on:
            connection.part()
        elif (request := connection.take_next()) is not None:
            self._queue.add(Waiting(connection, request, time.monotonic()))
            return
        self._poller.watch(connection)

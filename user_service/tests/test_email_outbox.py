"""The outbox of e-mails and the thread that sends them."""

import socket
import threading
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from conftest import CLIENT_IP, Api
from django.core import mail
from django.db import OperationalError
from django.db.models.functions import Now

from chassis.tests.concurrency import run_concurrently
from users.models import OutgoingMail, ResetToken
from users.services import email_outbox, email_sender, emails, password_resets

pytestmark = pytest.mark.django_db


@pytest.fixture
def queued(ada):
    password_resets.request(email=ada.email, address=CLIENT_IP)
    return lambda: OutgoingMail.objects.get().email


def make_due():
    OutgoingMail.objects.update(due_at=Now())


def fails_with(monkeypatch, error):
    def send(*_):
        raise error

    monkeypatch.setattr(emails, "send_reset", send)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        SMTPRecipientsRefused({"ada@example.com": (550, b"no")}),
    ],
)
def test_a_failed_mail_is_retried_later(queued, monkeypatch, caplog, error):
    with monkeypatch.context() as patched:
        fails_with(patched, error)
        email_sender.send_due()
    assert queued() == "ada@example.com"
    assert "was not sent" in caplog.text
    assert "ada@example.com" not in caplog.text
    email_sender.send_due()
    assert not mail.outbox  # not yet
    make_due()
    email_sender.send_due()
    assert len(mail.outbox) == 1
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(("minutes", "min_delay", "max_delay"), [(0, 0, 30), (10, 300, 900)])
def test_retries_use_exponential_backoff(queued, monkeypatch, minutes, min_delay, max_delay):
    OutgoingMail.objects.update(created_at=Now() - timedelta(minutes=minutes))
    fails_with(monkeypatch, TimeoutError())
    email_sender.send_due()
    due = {
        "due_at__gt": Now() + timedelta(seconds=min_delay),
        "due_at__lte": Now() + timedelta(seconds=max_delay),
    }
    assert OutgoingMail.objects.filter(**due).count() == 1


def test_an_unexpected_error_is_not_retried_immediately(queued, monkeypatch):
    fails_with(monkeypatch, ValueError())
    with pytest.raises(ValueError):
        email_sender.send_due()
    email_sender.send_due()
    assert queued() == "ada@example.com"


def test_a_mail_is_given_up_after_one_hour(queued, caplog):
    OutgoingMail.objects.update(created_at=Now() - timedelta(minutes=61), due_at=Now())
    email_sender.send_due()
    assert not mail.outbox
    assert not OutgoingMail.objects.exists()
    assert "gave up" in caplog.text


def test_a_mail_claimed_by_a_process_that_died_is_sent_by_another(queued, monkeypatch):
    with monkeypatch.context() as patched:
        fails_with(patched, SystemExit())
        with pytest.raises(SystemExit):
            email_sender.send_due()
    email_sender.send_due()
    assert not mail.outbox
    left = OutgoingMail.objects.filter(
        due_at__gt=Now() + timedelta(seconds=60), due_at__lte=Now() + timedelta(seconds=120)
    )
    assert left.count() == 1
    make_due()
    email_sender.send_due()
    assert len(mail.outbox) == 1


def test_an_unavailable_database_closes_the_connection(monkeypatch):
    def fail():
        raise OperationalError

    closed = []
    monkeypatch.setattr(email_sender, "deliver_next", fail)
    monkeypatch.setattr(
        email_sender,
        "connection",
        type("Connection", (), {"close": lambda self: closed.append(1)})(),
    )
    email_sender.send_due()
    assert closed == [1]


@pytest.mark.django_db(transaction=True)
def test_concurrent_senders_send_each_mail_once(user):
    for number in range(6):
        password_resets.request(email=user(f"user{number}@example.com").email, address=CLIENT_IP)
    run_concurrently(*[email_sender.send_due] * 4)
    assert sorted(sent.to[0] for sent in mail.outbox) == [
        f"user{number}@example.com" for number in range(6)
    ]
    assert ResetToken.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_hangs_blocks_only_the_sender_thread(user, settings):
    ada = user()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 60
        sending = threading.Thread(target=lambda: run_concurrently(*[email_sender.send_due]))
        password_resets.request(email=ada.email, address=CLIENT_IP)
        sending.start()
        connection, _ = silent.accept()  # the sender waits for the greeting now
        response = Api().post("/api/users/password-reset/", {"email": ada.email})
        assert response.status_code == 202
        assert sending.is_alive()
    connection.close()
    sending.join(30)
    assert not sending.is_alive()
    assert OutgoingMail.objects.count() == 2


def test_the_thread_continues_after_an_error(queued, monkeypatch, caplog):
    class StopLoopError(BaseException):
        pass

    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            raise StopLoopError

    monkeypatch.setattr("users.services.email_sender.time.sleep", sleep)
    fails_with(monkeypatch, ValueError("a bug"))
    with pytest.raises(StopLoopError):
        email_sender.run()
    assert pauses == [email_sender.POLL_INTERVAL] * 2
    assert "the thread continues" in caplog.text


def test_a_mail_can_be_composed_for_any_account(user):
    emails.send_reset(user("o'hara+{shop}%s@example.com", name="\n{token}"), "token")
    (sent,) = mail.outbox
    assert sent.to == ["o'hara+{shop}%s@example.com"]
    assert sent.message().as_bytes()


@pytest.mark.parametrize("kind", OutgoingMail.Kind)
def test_a_mail_of_each_kind_is_sent_once(ada, kind, settings):
    settings.SHOP_URL = "https://shop.example.com"
    email_outbox.enqueue(kind, "ada@example.com")
    email_sender.send_due()
    email_sender.send_due()
    (sent,) = mail.outbox
    assert (sent.to, "{" in sent.body) == (["ada@example.com"], False)
    assert not OutgoingMail.objects.exists()

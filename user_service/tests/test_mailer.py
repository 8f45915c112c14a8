"""Mail is sent beside the requests, and neither lost nor in anybody's way."""

import socket
import threading
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from conftest import HERE, Api, at_once
from django.core import mail
from django.db import OperationalError
from django.db.models.functions import Now

from users import mailer, mails
from users.models import OutgoingMail, ResetToken
from users.services import outgoing_mail, resets

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(ada):
    resets.request(email=ada.email, address=HERE)
    return lambda: OutgoingMail.objects.get().email


def make_due():
    OutgoingMail.objects.update(due_at=Now())


def fails_with(monkeypatch, error):
    def send(*_):
        raise error

    monkeypatch.setattr(mails, "send_reset", send)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        SMTPRecipientsRefused({"ada@example.com": (550, b"no")}),
    ],
)
def test_a_mail_that_cannot_be_sent_is_tried_again_later(asked, monkeypatch, caplog, error):
    with monkeypatch.context() as patched:
        fails_with(patched, error)
        mailer.look()
    assert asked() == "ada@example.com"
    assert "was not sent" in caplog.text
    assert "ada@example.com" not in caplog.text
    mailer.look()
    assert not mail.outbox  # not yet
    make_due()
    mailer.look()
    assert len(mail.outbox) == 1
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(("minutes", "least", "most"), [(0, 0, 30), (10, 300, 900)])
def test_the_longer_a_mail_has_been_tried_the_longer_the_pause(
    asked, monkeypatch, minutes, least, most
):
    OutgoingMail.objects.update(created_at=Now() - timedelta(minutes=minutes))
    fails_with(monkeypatch, TimeoutError())
    mailer.look()
    within = {
        "due_at__gt": Now() + timedelta(seconds=least),
        "due_at__lte": Now() + timedelta(seconds=most),
    }
    assert OutgoingMail.objects.filter(**within).count() == 1


def test_an_error_of_ours_is_no_endless_loop(asked, monkeypatch):
    fails_with(monkeypatch, ValueError())
    with pytest.raises(ValueError):
        mailer.look()
    mailer.look()
    assert asked() == "ada@example.com"


def test_a_mail_is_given_up_after_an_hour(asked, caplog):
    OutgoingMail.objects.update(created_at=Now() - timedelta(minutes=61), due_at=Now())
    mailer.look()
    assert not mail.outbox
    assert not OutgoingMail.objects.exists()
    assert "given up" in caplog.text


def test_a_mail_that_a_dying_process_was_at_is_sent_by_another(asked, monkeypatch):
    with monkeypatch.context() as patched:
        fails_with(patched, SystemExit())
        with pytest.raises(SystemExit):
            mailer.look()
    mailer.look()
    assert not mail.outbox
    left = OutgoingMail.objects.filter(
        due_at__gt=Now() + timedelta(seconds=60), due_at__lte=Now() + timedelta(seconds=120)
    )
    assert left.count() == 1
    make_due()
    mailer.look()
    assert len(mail.outbox) == 1


def test_a_database_that_is_away_is_waited_for(monkeypatch):
    def away():
        raise OperationalError

    closed = []
    monkeypatch.setattr(outgoing_mail, "deliver_one", away)
    monkeypatch.setattr(
        mailer, "connection", type("Connection", (), {"close": lambda self: closed.append(1)})()
    )
    mailer.look()
    assert closed == [1]


@pytest.mark.django_db(transaction=True)
def test_several_processes_send_each_mail_once(user):
    for number in range(6):
        resets.request(email=user(f"user{number}@example.com").email, address=HERE)
    at_once([mailer.look] * 4)
    assert sorted(sent.to[0] for sent in mail.outbox) == [
        f"user{number}@example.com" for number in range(6)
    ]
    assert ResetToken.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_hangs_holds_nobody_but_the_mailer(user, settings):
    ada = user()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 60
        looking = threading.Thread(target=lambda: at_once([mailer.look]))
        resets.request(email=ada.email, address=HERE)
        looking.start()
        held, _ = silent.accept()  # the mailer waits for its greeting now
        answer = Api().post("/api/users/password-reset/", {"email": ada.email})
        assert answer.status_code == 202
        assert looking.is_alive()
    held.close()
    looking.join(30)
    assert not looking.is_alive()
    assert OutgoingMail.objects.count() == 2


def test_the_thread_goes_on_after_an_error(asked, monkeypatch, caplog):
    class EnoughError(BaseException):
        pass

    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            raise EnoughError

    monkeypatch.setattr(mailer.time, "sleep", sleep)
    fails_with(monkeypatch, ValueError("a fault of ours"))
    with pytest.raises(EnoughError):
        mailer._run()
    assert pauses == [mailer.LOOK_SECONDS] * 2
    assert "the mailer goes on after an error" in caplog.text


def test_the_mail_is_composed_for_any_account(user):
    mails.send_reset(user("o'hara+{shop}%s@example.com", name="\n{token}"), "token")
    (sent,) = mail.outbox
    assert sent.to == ["o'hara+{shop}%s@example.com"]
    assert sent.message().as_bytes()


@pytest.mark.parametrize("kind", OutgoingMail.Kind)
def test_a_mail_of_each_kind_is_sent_once(ada, kind, settings):
    settings.SHOP_URL = "https://shop.example.com"
    OutgoingMail.queue(kind, "ada@example.com")
    mailer.look()
    mailer.look()
    (sent,) = mail.outbox
    assert (sent.to, "{" in sent.body) == (["ada@example.com"], False)
    assert not OutgoingMail.objects.exists()

"""Whether a delivery comes from Pleo: signed, by password, by a header; and everything that only pretends to."""

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from standardwebhooks import Webhook as StandardWebhook

from integration.configuration.connection import Webhook
from integration.pleo.webhooks import SPELLINGS, Delivery, WebhookForged, WebhookUnreadable, delivery_of

COMPANY = UUID("12abc3d4-e567-890e-1234-abc56e78fabc")
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
OTHER = "whsec_" + base64.b64encode(b"another secret").decode()
EVENT = {
    "eventId": "5a8f2f0e-0000-4000-8000-000000000003",
    "eventType": "v1.export-job.created",
    "data": {"id": "8eb648ab-464b-42a0-ba17-eda703657e33", "companyId": str(COMPANY), "status": "pending"},
}
SIGNED, BASIC, HEADER = (
    TypeAdapter(Webhook).validate_python({"secret_env": "S", **more})
    for more in ({"kind": "signature"}, {"kind": "basic", "username": "pleo"}, {"kind": "header", "header": "X-Shared"})
)


def signed(body: bytes, *, secret: str = SECRET, age: timedelta = timedelta(), name: str = "msg_1") -> dict[str, str]:
    sent = datetime.now(UTC) - age
    signature = StandardWebhook(secret).sign(name, sent, body.decode())
    return {"webhook-id": name, "webhook-timestamp": str(int(sent.timestamp())), "webhook-signature": signature}


def an_event(**changes: object) -> bytes:
    return json.dumps(EVENT | changes).encode()


def basic(username: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}


@pytest.mark.parametrize("body", [EVENT, {"payload": EVENT}, EVENT | {"colour": "blue"}])
def test_both_shapes_of_the_body_are_read(body):
    sent = json.dumps(body).encode()
    assert delivery_of(SIGNED, SECRET, signed(sent), sent) == Delivery("msg_1", COMPANY)


@pytest.mark.parametrize("spelling", sorted(SPELLINGS))
def test_the_event_is_known_under_each_of_its_names(spelling):
    body = an_event(eventType=spelling)
    assert delivery_of(SIGNED, SECRET, signed(body), body).company_id == COMPANY


def test_another_event_is_of_no_company():
    body = an_event(eventType="v1.vendor.created", data={"vendor": 1})
    assert delivery_of(SIGNED, SECRET, signed(body), body).company_id is None


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6), timedelta(days=400)])
def test_a_stale_delivery_is_refused_although_it_is_rightly_signed(age):
    body = an_event()
    with pytest.raises(WebhookForged):
        delivery_of(SIGNED, SECRET, signed(body, age=age), body)


def test_while_the_secret_is_changed_both_are_good():
    body = an_event()
    for secret in (SECRET, OTHER):
        assert delivery_of(SIGNED, f"{OTHER} {SECRET}", signed(body, secret=secret), body).company_id == COMPANY


def test_one_of_several_signatures_is_enough():
    body = an_event()
    headers = signed(body)
    headers["webhook-signature"] = f"v2,eA== v1,eA== {headers['webhook-signature']}"
    assert delivery_of(SIGNED, SECRET, headers, body).id == "msg_1"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(an_event(), secret=OTHER),
        signed(b"{}"),
        signed(an_event()) | {"webhook-id": "msg_2"},
        signed(an_event()) | {"webhook-timestamp": str(int(datetime.now(UTC).timestamp()) + 30)},
        signed(an_event()) | {"webhook-timestamp": "soon"},
        signed(an_event()) | {"webhook-signature": "v1"},
        signed(an_event()) | {"webhook-signature": "v1,%%%"},
        signed(an_event()) | {"webhook-signature": "v2," + signed(an_event())["webhook-signature"][3:]},
        basic("pleo", SECRET),
    ],
)
def test_a_forged_signature_is_refused(headers):
    with pytest.raises(WebhookForged):
        delivery_of(SIGNED, SECRET, headers, an_event())


@pytest.mark.parametrize("webhook", [SIGNED, BASIC, HEADER])
def test_without_a_secret_of_ours_nothing_is_believed(webhook):
    for headers in ({}, signed(an_event()), basic("pleo", ""), {"x-shared": ""}):
        with pytest.raises(WebhookForged):
            delivery_of(webhook, "", headers, an_event())


def test_a_user_and_password_are_compared_whole():
    assert delivery_of(BASIC, "s3cret", basic("pleo", "s3cret"), an_event()).company_id == COMPANY
    for headers in ({}, basic("pleo", "s3cre"), basic("Pleo", "s3cret"), {"authorization": "Bearer s3cret"}):
        with pytest.raises(WebhookForged):
            delivery_of(BASIC, "s3cret", headers, an_event())


def test_a_shared_header_is_compared_whole():
    assert delivery_of(HEADER, "s3cret", {"x-shared": "s3cret"}, an_event()).company_id == COMPANY
    for headers in ({}, {"x-shared": "s3cret "}, {"x-shared": "sécret"}, {"x-other": "s3cret"}):
        with pytest.raises(WebhookForged):
            delivery_of(HEADER, "s3cret", headers, an_event())


def test_where_nothing_is_signed_the_event_itself_has_the_id():
    assert delivery_of(HEADER, "s", {"x-shared": "s"}, an_event()).id == EVENT["eventId"]
    with pytest.raises(WebhookUnreadable):
        delivery_of(HEADER, "s", {"x-shared": "s"}, an_event(eventId=None))


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"\xff\xfe", b'{"payload": 3}', an_event(data=None), an_event(data={"companyId": "acme"})],
)
def test_what_is_rightly_sent_and_not_an_event_has_its_own_name(body):
    with pytest.raises(WebhookUnreadable):
        delivery_of(HEADER, "s", {"x-shared": "s"}, body)


@given(st.binary(max_size=200), st.dictionaries(st.sampled_from(sorted(signed(b""))), st.text(max_size=40)))
def test_nothing_at_all_is_taken_without_the_secret(body, headers):
    for webhook in (SIGNED, BASIC, HEADER):
        with pytest.raises(WebhookForged):
            delivery_of(webhook, SECRET, headers, body)


@given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_no_body_at_all_is_more_than_unreadable(body):
    sent = json.dumps(body).encode()
    with pytest.raises(WebhookUnreadable):
        delivery_of(SIGNED, SECRET, signed(sent), sent)

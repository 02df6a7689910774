"""How workers talk to their broker, as Celery reads it."""

import json
import subprocess
import sys

import pytest
from support.processes.programs import clean_environment


def options_for(broker_url: str) -> dict[str, object]:
    program = "import json; from tasks import config; print(json.dumps(config.broker_transport_options))"
    environment = clean_environment() | {"PLEO_EXPORT_BROKER_URL": broker_url}
    said = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    ).stdout
    options: dict[str, object] = json.loads(said)
    return options


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_a_redis_that_vanishes_without_a_word_holds_up_no_worker_for_ever(scheme):
    options = options_for(f"{scheme}://broker.example:6379/0")
    assert {"socket_timeout", "socket_connect_timeout", "socket_keepalive"} <= set(options)


def test_no_worker_writes_down_in_redis_what_it_holds():
    assert options_for("redis+socket:///tmp/redis.sock")["ack_emulation"] is False


def test_published_to_rabbitmq_means_that_it_has_the_message():
    assert options_for("amqp://broker.example")["confirm_publish"] is True

"""Whose lease counts: a worker's name says where its process id means something."""

import os
import subprocess
import sys
from dataclasses import replace

from integration.worker_identity import Worker


def a_dead_process() -> int:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return gone.pid


def test_a_process_of_this_place_that_is_gone_is_known_to_be_dead():
    here = Worker.here()
    assert here.knows_dead(replace(here, pid=a_dead_process()).name)


def test_a_process_that_lives_is_not_dead():
    here = Worker.here()
    assert not here.knows_dead(here.name)
    assert not here.knows_dead(replace(here, pid=1).name)


def test_of_another_place_nothing_is_known():
    here = Worker.here()
    elsewhere = replace(here, place=here.place[:-1] + "x", pid=a_dead_process())
    assert not here.knows_dead(elsewhere.name)


def test_what_is_no_name_of_a_worker_is_not_known_to_be_dead():
    assert not Worker.here().knows_dead("")
    assert not Worker.here().knows_dead(f"{Worker.here().place}:many:1")


def test_two_places_of_one_host_name_have_different_names():
    assert Worker.here().place == Worker.here().place
    assert len(Worker.here().place.rpartition("-")[2]) == 16
    assert os.uname().nodename[:24] in Worker.here().place

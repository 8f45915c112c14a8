import socket

import pytest

from local_stack import StackError, ports


def test_without_variables_the_ports_are_those_of_the_contract():
    assert ports.from_environment({}) == {
        "user": 8000,
        "product": 8001,
        "inventory": 8002,
        "order": 8003,
        "gateway": 8080,
    }


def test_each_port_has_a_variable():
    assert ports.from_environment({"ORDER_PORT": "9003", "USER_PORT": ""}) == {
        "user": 8000,
        "product": 8001,
        "inventory": 8002,
        "order": 9003,
        "gateway": 8080,
    }


@pytest.mark.parametrize("text", ["http", "-1", "0", "65536", "80 81", "8_000", "1e3", "٨٠٠٠"])
def test_a_malformed_port_names_its_variable(text):
    with pytest.raises(StackError, match=r"^INVENTORY_PORT has to be .*$") as error:
        ports.from_environment({"INVENTORY_PORT": text})
    assert "\n" not in str(error.value)


def test_the_same_port_twice_is_an_error():
    with pytest.raises(
        StackError, match="Port 8003 is configured twice: ORDER_PORT and GATEWAY_PORT"
    ):
        ports.from_environment({"GATEWAY_PORT": "8003"})


def test_a_taken_port_names_its_number_and_variable():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StackError, match=rf"^Port {port} is taken .*PRODUCT_PORT\.$"):
            ports.check_free({"product": port})


def test_a_port_taken_on_every_interface_is_taken():
    with socket.create_server(("", 0)) as taken, pytest.raises(StackError, match="is taken"):
        ports.check_free({"product": taken.getsockname()[1]})


def test_free_ports_are_five_different_free_ones():
    chosen = ports.free()
    ports.check_free(chosen)
    assert len(set(chosen.values())) == 5


def test_service_urls_are_localhost_and_the_ports_by_default():
    assert ports.service_urls({"ORDER_PORT": "18003"}) == {
        "user": "http://localhost:8000",
        "product": "http://localhost:8001",
        "inventory": "http://localhost:8002",
        "order": "http://localhost:18003",
    }


def test_service_urls_come_from_the_environment():
    assert (
        ports.service_urls({"ORDER_SERVICE_URL": "https://orders.example/"})["order"]
        == "https://orders.example"
    )


@pytest.mark.parametrize("url", ["localhost:8003", "http://", "http://a/b"])
def test_a_malformed_service_url_names_its_variable(url):
    with pytest.raises(StackError) as error:
        ports.service_urls({"ORDER_SERVICE_URL": url})
    assert str(error.value) == f"ORDER_SERVICE_URL has to look like http://host:port, not {url!r}."

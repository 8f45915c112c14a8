import pytest

from chassis.tests.sample.models import Thing

pytestmark = pytest.mark.django_db


def errors_of(response):
    assert (response.status_code, response.json()["code"]) == (400, "invalid"), response.content
    return {(error["field"], error["code"]) for error in response.json()["errors"]}


@pytest.mark.parametrize(
    "query",
    ["page=2", "ids[]=1", "Search=a", "page_size=1&x", "=1", "q=", "utm=1", "search=a&search_=b"],
)
def test_an_unknown_parameter_is_rejected(client, query):
    response = client.get(f"/api/documented/?{query}")
    assert {code for _, code in errors_of(response)} == {"unknown"}
    assert "there are: search, page_size, cursor." in response.json()["errors"][0]["message"]


def test_a_url_without_parameters_rejects_all(client):
    response = client.post("/api/documented/?search=a", "{}", content_type="application/json")
    assert errors_of(response) == {("search", "unknown")}
    assert not Thing.objects.exists()


@pytest.mark.parametrize(
    "query", ["utm_source=mail&utm_x=1", "gclid=a", "fbclid=b&page_size=5", "search=x"]
)
def test_known_and_tracking_parameters_are_accepted(client, query):
    assert client.get(f"/api/documented/?{query}").status_code == 200


@pytest.mark.parametrize(
    "query", ["search=", "search=%20", "page_size=", "cursor=", "search=&page_size=%20&cursor=+"]
)
def test_a_blank_parameter_counts_as_absent(client, query):
    Thing.objects.create(name="lamp")
    assert client.get(f"/api/documented/?{query}").json() == client.get("/api/documented/").json()


@pytest.mark.parametrize(
    "query", ["page_size=2&page_size=", "page_size=&page_size=2", "cursor=a&cursor=b"]
)
def test_a_repeated_page_parameter_is_invalid(client, query):
    response = client.get(f"/api/things/?{query}")
    assert response.status_code == 400
    assert [error["code"] for error in response.json()["errors"]] == ["repeated"]

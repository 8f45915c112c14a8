"""The OpenAPI document, its files, and the error pages."""

from demo_data import deterministic_uuid7
from devtools.openapi.document_tests import *  # noqa: F403  (the tests of every service)
from inventory.api.serializers.common import EXAMPLE_PRODUCT_ID


def test_the_example_product_is_in_the_demo_data():
    assert str(deterministic_uuid7("LGT-101")) == EXAMPLE_PRODUCT_ID

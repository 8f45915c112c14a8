from decimal import Decimal

import requests
from django.conf import settings
from django.db import transaction
from rest_framework import serializers, status
from rest_framework.exceptions import APIException

from orders.models import Order, OrderItem


class ProductNotFound(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "Product not found."


class InsufficientStock(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "Insufficient stock."


class OrderItemSerializer(serializers.ModelSerializer):
    class Meta:
        model = OrderItem
        fields = ("product_id", "name", "unit_price", "quantity")
        read_only_fields = ("name", "unit_price")


class OrderSerializer(serializers.ModelSerializer):
    items = OrderItemSerializer(many=True)

    class Meta:
        model = Order
        fields = ("id", "status", "total", "created_at", "items")
        read_only_fields = ("id", "status", "total")

    def create(self, validated_data):
        items = validated_data["items"]
        for item in items:
            product = get_product(item["product_id"])
            item["name"], item["unit_price"] = product["name"], Decimal(product["price"])
        reserve_all(items)
        with transaction.atomic():
            total = sum(item["unit_price"] * item["quantity"] for item in items)
            order = Order.objects.create(user_id=validated_data["user_id"], total=total)
            for item in items:
                OrderItem.objects.create(order=order, **item)
        return order


def get_product(product_id):
    response = requests.get(f"{settings.PRODUCT_URL}/api/products/{product_id}/", timeout=5)
    if response.status_code == status.HTTP_404_NOT_FOUND:
        raise ProductNotFound
    response.raise_for_status()
    return response.json()


def reserve_all(items):
    for number, item in enumerate(items):
        if not move(item, "reserve"):
            for reserved in items[:number]:
                move(reserved, "release")
            raise InsufficientStock


def move(item, verb):
    url = f"{settings.INVENTORY_URL}/api/inventory/{item['product_id']}/{verb}/"
    response = requests.post(url, json={"quantity": item["quantity"]}, timeout=5)
    if response.status_code == status.HTTP_409_CONFLICT:
        return False
    response.raise_for_status()
    return True

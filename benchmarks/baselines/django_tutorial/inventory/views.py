from django.db import transaction
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from inventory.models import Stock


class StockSerializer(serializers.ModelSerializer):
    class Meta:
        model = Stock
        fields = ("product_id", "quantity", "updated_at")


class UnitsSerializer(serializers.Serializer):
    quantity = serializers.IntegerField(min_value=1)


class StockViewSet(viewsets.ModelViewSet):
    queryset = Stock.objects.all()
    serializer_class = StockSerializer

    @action(detail=True, methods=["post"])
    def reserve(self, request, pk=None):
        return self.change(request, pk, -1)

    @action(detail=True, methods=["post"])
    def release(self, request, pk=None):
        return self.change(request, pk, 1)

    def change(self, request, pk, sign):
        wanted = UnitsSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        with transaction.atomic():
            stock = Stock.objects.select_for_update().get(pk=pk)
            stock.quantity += sign * wanted.validated_data["quantity"]
            if stock.quantity < 0:
                return Response({"detail": "Insufficient stock."}, status=status.HTTP_409_CONFLICT)
            stock.save()
        return Response(self.get_serializer(stock).data)

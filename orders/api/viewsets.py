from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from oms.accounts.api import MomentFilter, ScopedViewSet, choices_of
from oms.accounts.idempotency import idempotent
from oms.accounts.looks import Reason, record_look
from oms.accounts.who import signed_in
from oms.catalog.api.serializers import ReceiverSerializer
from oms.catalog.models import Receiver
from oms.core.actions import ActionResult
from oms.core.errors import UnableTo
from orders import audit
from orders.api.entering import EntrySerializer, enter
from orders.api.serializers import (
    ActionSerializer,
    LookSerializer,
    OrderDetailSerializer,
    OrderSerializer,
    ReasonedActionSerializer,
)
from orders.models import Order, OrderLine


class OrderFilter(filters.FilterSet):  # type: ignore[misc]
    state = choices_of(Order.State.choices)
    shop = filters.CharFilter(field_name="shop__code")
    warehouse = filters.CharFilter(field_name="warehouse__code")
    trade_no = filters.CharFilter()
    exception = filters.CharFilter(field_name="exceptions", lookup_expr="contains", method="with_exception")
    held = filters.BooleanFilter()
    intercepted = filters.BooleanFilter()
    posted = filters.BooleanFilter()
    created_from = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_until = MomentFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Order
        fields: list[str] = []

    def with_exception(self, found: Any, _name: str, code: str) -> Any:
        return found.filter(exceptions__contains=[code])


def _with_lines() -> Prefetch[str, Any, str]:
    return Prefetch("lines", OrderLine.objects.select_related("sku", "trade").order_by("position"))


class OrderViewSet(ScopedViewSet[Order]):
    """Orders, newest first, and what people decide about them."""

    access = {
        "list": "orders.view_order",
        "create": "orders.enter_order",
        "retrieve": "orders.view_order",
        "receiver": "orders.view_receiver",
        "audit": "orders.audit_order",
        "unaudit": "orders.unaudit_order",
        "hold": "orders.hold_order",
        "release": "orders.hold_order",
        "cancel": "orders.cancel_order",
    }
    queryset = Order.objects.select_related("shop", "warehouse", "carrier")
    serializer_class = OrderSerializer
    detail_serializer_class = OrderDetailSerializer
    filterset_class = OrderFilter
    lookup_field = "no"
    lookup_value_regex = "[A-Za-z0-9-]{1,24}"

    def get_queryset(self) -> Any:
        found = super().get_queryset()
        if self.action == "list":
            return found
        # A masked receiver is shown without unsealing anything.
        sealed = ("receiver__name", "receiver__phone", "receiver__address")
        return (
            found.select_related("receiver", "wished_warehouse", "wished_carrier")
            .defer(*sealed)
            .prefetch_related(_with_lines())
        )

    @extend_schema(request=EntrySerializer, responses={201: OrderDetailSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Enter an order that no platform knows; the pipeline decides it at once. An external number is taken once in a shop."""
        given = EntrySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        order = enter(dict(given.validated_data), signed_in(request))
        return Response(OrderDetailSerializer(self.get_queryset().get(pk=order.pk)).data, status=201)

    @extend_schema(request=LookSerializer, responses=ReceiverSerializer)
    @action(detail=True, methods=["post"])
    def receiver(self, request: Request, no: str = "") -> Response:
        """The receiver in clear, for a reason; every call is written to the audit log with it."""
        order = self.get_object()
        given = LookSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        reason = Reason(given.validated_data["reason"], given.validated_data["words"])
        record_look(request._request, "order", order.pk, reason, staff=signed_in(request))
        return Response(ReceiverSerializer(Receiver.objects.get(pk=order.receiver_id)).data)

    @extend_schema(request=ActionSerializer, responses=OrderDetailSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def audit(self, request: Request, no: str = "") -> Response:
        """Pass the customer service audit."""
        return self._act(request, audit.audit, ActionSerializer)

    @extend_schema(request=ReasonedActionSerializer, responses=OrderDetailSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def unaudit(self, request: Request, no: str = "") -> Response:
        """Take the audit back."""
        return self._act(request, audit.unaudit, ReasonedActionSerializer)

    @extend_schema(request=ReasonedActionSerializer, responses=OrderDetailSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def hold(self, request: Request, no: str = "") -> Response:
        """Put the order aside."""
        return self._act(request, audit.hold, ReasonedActionSerializer)

    @extend_schema(request=ActionSerializer, responses=OrderDetailSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def release(self, request: Request, no: str = "") -> Response:
        """Let the held order go on."""
        return self._act(request, audit.release, ActionSerializer)

    @extend_schema(request=ReasonedActionSerializer, responses=OrderDetailSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request: Request, no: str = "") -> Response:
        """Cancel the order, whose parcel has not left."""
        return self._act(request, audit.cancel, ReasonedActionSerializer)

    def _act(self, request: Request, act: Callable[..., ActionResult], serializer: type[ActionSerializer]) -> Response:
        """Do it to one order; a refusal is raised as UnableTo."""
        given = serializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        order = self.get_object()
        version = values.pop("version", None)
        versions = None if version is None else {order.pk: version}
        result = act([order.pk], actor_id=signed_in(request).pk, versions=versions, **values)
        for refusal in result.refused.values():
            raise UnableTo(refusal.sentence, code=refusal.code)
        return Response(OrderDetailSerializer(self.get_object()).data)

from django.urls import re_path

from .views import DeliveryMethods

urlpatterns = [re_path(r"^delivery-methods/?$", DeliveryMethods.as_view(), name="api-delivery-methods")]

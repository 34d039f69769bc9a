"""The API's description of itself."""

from csp.decorators import csp_update
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny


class Schema(SpectacularAPIView):
    """OpenAPI 3.1 in JSON."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = [OpenApiJsonRenderer]  # noqa: RUF012  # a list, as the class above has it


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI, from the shop's own static files."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    url_name = "schema"


# Swagger UI sets styles in its markup, and draws its icons from data: addresses.
docs = csp_update({"style-src": ["'unsafe-inline'"]})(Docs.as_view())

"""Tokens: short ones to call the API with, and refresh tokens that rotate and can be revoked."""

from typing import Any

from django.contrib.auth import authenticate
from django.urls import re_path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings as jwt_settings
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from bookstore.api import examples
from bookstore.api.endpoint import Endpoint, valid
from bookstore.api.errors import ApiError
from bookstore.api.examples import answered, sent
from bookstore.api.fields import SecretField, StrictSerializer, TextField
from bookstore.api.schema import errors
from bookstore.api.throttles import PerAddress, SignInsPerAddress

from .guesses import TooMany, sign_ins
from .models import User


class Credentials(StrictSerializer):
    email = TextField(max_length=254)
    password = SecretField(max_length=4096)


class Tokens(serializers.Serializer):
    access = serializers.CharField(
        help_text="For the header Authorization: Bearer ...; good for five minutes"
    )
    refresh = serializers.CharField(help_text="Good for one new pair, within fourteen days")


class Refresh(StrictSerializer):
    refresh = TextField(max_length=4096)


class OpenEndpoint(Endpoint):
    """For whoever has no token yet, or only a refresh token."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes: Any = (PerAddress,)


class Obtain(OpenEndpoint):
    throttle_classes = (PerAddress, SignInsPerAddress)

    @extend_schema(
        operation_id="obtainTokens",
        tags=["tokens"],
        auth=[],
        request=Credentials,
        responses={200: Tokens, **errors(401, body=True)},
        examples=[*sent(examples.CREDENTIALS), *answered(examples.TOKENS)],
    )
    def post(self, request: Request) -> Response:
        """Exchange e-mail address and password for an access and a refresh token."""
        credentials = valid(Credentials, request.data)
        try:
            sign_ins.count(request, credentials["email"])
        except TooMany as refusal:
            raise Throttled(wait=refusal.seconds) from refusal
        user = authenticate(request, username=credentials["email"].lower(), password=credentials["password"])
        if not isinstance(user, User):
            message = "There is no account with this e-mail address and password."
            raise ApiError("wrong_credentials", message, status_code=status.HTTP_401_UNAUTHORIZED)
        sign_ins.was_right(request, credentials["email"])
        return Response(_pair(RefreshToken.for_user(user)))


class Renew(OpenEndpoint):
    @extend_schema(
        operation_id="refreshTokens",
        tags=["tokens"],
        auth=[],
        request=Refresh,
        responses={200: Tokens, **errors(401, body=True)},
        examples=[*sent(examples.REFRESH), *answered(examples.TOKENS)],
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a new pair. The old one can not be used again."""
        token = _token(valid(Refresh, request.data)["refresh"])
        user = _holder(token)
        _use_up(token)
        return Response(_pair(RefreshToken.for_user(user)))


class Revoke(OpenEndpoint):
    @extend_schema(
        operation_id="revokeTokens",
        tags=["tokens"],
        auth=[],
        request=Refresh,
        responses={204: None, **errors(401, body=True)},
        examples=sent(examples.REFRESH),
    )
    def post(self, request: Request) -> Response:
        """Sign out: the refresh token is of no use any more. Access tokens end by themselves, within minutes."""
        _use_up(_token(valid(Refresh, request.data)["refresh"]))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _pair(refresh: RefreshToken) -> dict[str, str]:
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def _token(text: str) -> RefreshToken:
    """Raises ApiError for what is no refresh token of ours, has expired or was used or revoked."""
    try:
        return RefreshToken(text)  # type: ignore[arg-type]  # the stubs want a token, the code takes its text
    except (TokenError, ValueError) as error:
        raise _not_valid() from error


def _use_up(token: RefreshToken) -> None:
    """Once only, however many requests come with it at the same moment."""
    noted: Any = token.blacklist()  # (the note, whether it is new), whatever the stubs say
    if not noted[1]:
        raise _not_valid()


def _holder(token: RefreshToken) -> User:
    """Whose token this is; a changed password or a closed account ends it."""
    user = User.objects.filter(pk=token.get(jwt_settings.USER_ID_CLAIM), is_active=True).first()
    if user is None or token.get(jwt_settings.REVOKE_TOKEN_CLAIM) != get_md5_hash_password(user.password):
        raise _not_valid()
    return user


def _not_valid() -> ApiError:
    message = "The refresh token is not valid, has expired, or was used before."
    return ApiError("token_not_valid", message, status_code=status.HTTP_401_UNAUTHORIZED)


urlpatterns = [
    re_path(r"^auth/token/?$", Obtain.as_view(), name="api-token"),
    re_path(r"^auth/token/refresh/?$", Renew.as_view(), name="api-token-refresh"),
    re_path(r"^auth/token/revoke/?$", Revoke.as_view(), name="api-token-revoke"),
]

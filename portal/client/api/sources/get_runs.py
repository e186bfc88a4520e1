from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.runs_model import Runs
from ...types import UNSET, Response, Unset


def _get_kwargs(
    name: str,
    *,
    entity: None | str | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_entity: None | str | Unset
    if isinstance(entity, Unset):
        json_entity = UNSET
    else:
        json_entity = entity
    params["entity"] = json_entity

    json_cursor: None | str | Unset
    if isinstance(cursor, Unset):
        json_cursor = UNSET
    else:
        json_cursor = cursor
    params["cursor"] = json_cursor

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/sources/{name}/runs".format(
            name=quote(str(name), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | Runs | None:
    if response.status_code == 200:
        response_200 = Runs.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = Problem.from_dict(response.json())

        return response_500

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | Runs]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    name: str,
    *,
    client: AuthenticatedClient,
    entity: None | str | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Response[Problem | Runs]:
    """What each sync of a source did

     Of each sync of each entity, the newest first: how it ended, what it read, and what was new, changed
    or gone.

    Args:
        name (str): The name of a source.
        entity (None | str | Unset): Of this entity alone, such as `grades`.
        cursor (None | str | Unset): `next_cursor` of the page before, with the same filters.
        limit (int | Unset): The most items a page. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Runs]
    """

    kwargs = _get_kwargs(
        name=name,
        entity=entity,
        cursor=cursor,
        limit=limit,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: str,
    *,
    client: AuthenticatedClient,
    entity: None | str | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Problem | Runs | None:
    """What each sync of a source did

     Of each sync of each entity, the newest first: how it ended, what it read, and what was new, changed
    or gone.

    Args:
        name (str): The name of a source.
        entity (None | str | Unset): Of this entity alone, such as `grades`.
        cursor (None | str | Unset): `next_cursor` of the page before, with the same filters.
        limit (int | Unset): The most items a page. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Runs
    """

    return sync_detailed(
        name=name,
        client=client,
        entity=entity,
        cursor=cursor,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient,
    entity: None | str | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Response[Problem | Runs]:
    """What each sync of a source did

     Of each sync of each entity, the newest first: how it ended, what it read, and what was new, changed
    or gone.

    Args:
        name (str): The name of a source.
        entity (None | str | Unset): Of this entity alone, such as `grades`.
        cursor (None | str | Unset): `next_cursor` of the page before, with the same filters.
        limit (int | Unset): The most items a page. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Runs]
    """

    kwargs = _get_kwargs(
        name=name,
        entity=entity,
        cursor=cursor,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient,
    entity: None | str | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Problem | Runs | None:
    """What each sync of a source did

     Of each sync of each entity, the newest first: how it ended, what it read, and what was new, changed
    or gone.

    Args:
        name (str): The name of a source.
        entity (None | str | Unset): Of this entity alone, such as `grades`.
        cursor (None | str | Unset): `next_cursor` of the page before, with the same filters.
        limit (int | Unset): The most items a page. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Runs
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            entity=entity,
            cursor=cursor,
            limit=limit,
        )
    ).parsed

from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.students_model import Students
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 100,
    group: None | Unset | UUID = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_cursor: None | str | Unset
    if isinstance(cursor, Unset):
        json_cursor = UNSET
    else:
        json_cursor = cursor
    params["cursor"] = json_cursor

    params["limit"] = limit

    json_group: None | str | Unset
    if isinstance(group, Unset):
        json_group = UNSET
    elif isinstance(group, UUID):
        json_group = str(group)
    else:
        json_group = group
    params["group"] = json_group

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/students",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | Students | None:
    if response.status_code == 200:
        response_200 = Students.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | Students]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 100,
    group: None | Unset | UUID = UNSET,
) -> Response[Problem | Students]:
    """The students that the caller may see

     In the order of their ids, which never change: a page neither loses nor doubles a student.

    Args:
        cursor (None | str | Unset): `next_cursor` of the page before, with the same filters.
        limit (int | Unset): The most items a page. Default: 100.
        group (None | Unset | UUID): Only students of this group or homeroom, by its id.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Students]
    """

    kwargs = _get_kwargs(
        cursor=cursor,
        limit=limit,
        group=group,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 100,
    group: None | Unset | UUID = UNSET,
) -> Problem | Students | None:
    """The students that the caller may see

     In the order of their ids, which never change: a page neither loses nor doubles a student.

    Args:
        cursor (None | str | Unset): `next_cursor` of the page before, with the same filters.
        limit (int | Unset): The most items a page. Default: 100.
        group (None | Unset | UUID): Only students of this group or homeroom, by its id.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Students
    """

    return sync_detailed(
        client=client,
        cursor=cursor,
        limit=limit,
        group=group,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 100,
    group: None | Unset | UUID = UNSET,
) -> Response[Problem | Students]:
    """The students that the caller may see

     In the order of their ids, which never change: a page neither loses nor doubles a student.

    Args:
        cursor (None | str | Unset): `next_cursor` of the page before, with the same filters.
        limit (int | Unset): The most items a page. Default: 100.
        group (None | Unset | UUID): Only students of this group or homeroom, by its id.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Students]
    """

    kwargs = _get_kwargs(
        cursor=cursor,
        limit=limit,
        group=group,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 100,
    group: None | Unset | UUID = UNSET,
) -> Problem | Students | None:
    """The students that the caller may see

     In the order of their ids, which never change: a page neither loses nor doubles a student.

    Args:
        cursor (None | str | Unset): `next_cursor` of the page before, with the same filters.
        limit (int | Unset): The most items a page. Default: 100.
        group (None | Unset | UUID): Only students of this group or homeroom, by its id.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Students
    """

    return (
        await asyncio_detailed(
            client=client,
            cursor=cursor,
            limit=limit,
            group=group,
        )
    ).parsed

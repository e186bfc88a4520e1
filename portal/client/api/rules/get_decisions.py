from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.decisions_model import Decisions
from ...models.problem import Problem
from ...types import UNSET, Response


def _get_kwargs(
    name: str,
    *,
    student: UUID,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_student = str(student)
    params["student"] = json_student

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/sources/{name}/decisions".format(
            name=quote(str(name), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Decisions | Problem | None:
    if response.status_code == 200:
        response_200 = Decisions.from_dict(response.json())

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

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Decisions | Problem]:
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
    student: UUID,
) -> Response[Decisions | Problem]:
    """What was decided about guardians

     Of one student, the newest first.

    Args:
        name (str): The name of a source.
        student (UUID): The student's id, as in the list of students.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Decisions | Problem]
    """

    kwargs = _get_kwargs(
        name=name,
        student=student,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: str,
    *,
    client: AuthenticatedClient,
    student: UUID,
) -> Decisions | Problem | None:
    """What was decided about guardians

     Of one student, the newest first.

    Args:
        name (str): The name of a source.
        student (UUID): The student's id, as in the list of students.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Decisions | Problem
    """

    return sync_detailed(
        name=name,
        client=client,
        student=student,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient,
    student: UUID,
) -> Response[Decisions | Problem]:
    """What was decided about guardians

     Of one student, the newest first.

    Args:
        name (str): The name of a source.
        student (UUID): The student's id, as in the list of students.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Decisions | Problem]
    """

    kwargs = _get_kwargs(
        name=name,
        student=student,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient,
    student: UUID,
) -> Decisions | Problem | None:
    """What was decided about guardians

     Of one student, the newest first.

    Args:
        name (str): The name of a source.
        student (UUID): The student's id, as in the list of students.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Decisions | Problem
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            student=student,
        )
    ).parsed

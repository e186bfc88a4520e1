from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.calculation import Calculation
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    id: UUID,
    subject: UUID,
    *,
    weight: float | None | str | Unset = UNSET,
    target: float | None | str | Unset = UNSET,
    grade: float | None | str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_weight: float | None | str | Unset
    if isinstance(weight, Unset):
        json_weight = UNSET
    else:
        json_weight = weight
    params["weight"] = json_weight

    json_target: float | None | str | Unset
    if isinstance(target, Unset):
        json_target = UNSET
    else:
        json_target = target
    params["target"] = json_target

    json_grade: float | None | str | Unset
    if isinstance(grade, Unset):
        json_grade = UNSET
    else:
        json_grade = grade
    params["grade"] = json_grade

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/students/{id}/subjects/{subject}/calculator".format(
            id=quote(str(id), safe=""),
            subject=quote(str(subject), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Calculation | Problem | None:
    if response.status_code == 200:
        response_200 = Calculation.from_dict(response.json())

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


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Calculation | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    id: UUID,
    subject: UUID,
    *,
    client: AuthenticatedClient,
    weight: float | None | str | Unset = UNSET,
    target: float | None | str | Unset = UNSET,
    grade: float | None | str | Unset = UNSET,
) -> Response[Calculation | Problem]:
    """What must I get, what will it become

     Either the mark that is needed for `target`, or the average that `grade` would make, in this school
    year.

    Args:
        id (UUID): The student's id, as in the list of students.
        subject (UUID): The subject's id, as in the overview.
        weight (float | None | str | Unset): Weight of the next mark; without it the median of the
            known weights.
        target (float | None | str | Unset): The average that is wanted.
        grade (float | None | str | Unset): The next mark, if it were so.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Calculation | Problem]
    """

    kwargs = _get_kwargs(
        id=id,
        subject=subject,
        weight=weight,
        target=target,
        grade=grade,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: UUID,
    subject: UUID,
    *,
    client: AuthenticatedClient,
    weight: float | None | str | Unset = UNSET,
    target: float | None | str | Unset = UNSET,
    grade: float | None | str | Unset = UNSET,
) -> Calculation | Problem | None:
    """What must I get, what will it become

     Either the mark that is needed for `target`, or the average that `grade` would make, in this school
    year.

    Args:
        id (UUID): The student's id, as in the list of students.
        subject (UUID): The subject's id, as in the overview.
        weight (float | None | str | Unset): Weight of the next mark; without it the median of the
            known weights.
        target (float | None | str | Unset): The average that is wanted.
        grade (float | None | str | Unset): The next mark, if it were so.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Calculation | Problem
    """

    return sync_detailed(
        id=id,
        subject=subject,
        client=client,
        weight=weight,
        target=target,
        grade=grade,
    ).parsed


async def asyncio_detailed(
    id: UUID,
    subject: UUID,
    *,
    client: AuthenticatedClient,
    weight: float | None | str | Unset = UNSET,
    target: float | None | str | Unset = UNSET,
    grade: float | None | str | Unset = UNSET,
) -> Response[Calculation | Problem]:
    """What must I get, what will it become

     Either the mark that is needed for `target`, or the average that `grade` would make, in this school
    year.

    Args:
        id (UUID): The student's id, as in the list of students.
        subject (UUID): The subject's id, as in the overview.
        weight (float | None | str | Unset): Weight of the next mark; without it the median of the
            known weights.
        target (float | None | str | Unset): The average that is wanted.
        grade (float | None | str | Unset): The next mark, if it were so.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Calculation | Problem]
    """

    kwargs = _get_kwargs(
        id=id,
        subject=subject,
        weight=weight,
        target=target,
        grade=grade,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: UUID,
    subject: UUID,
    *,
    client: AuthenticatedClient,
    weight: float | None | str | Unset = UNSET,
    target: float | None | str | Unset = UNSET,
    grade: float | None | str | Unset = UNSET,
) -> Calculation | Problem | None:
    """What must I get, what will it become

     Either the mark that is needed for `target`, or the average that `grade` would make, in this school
    year.

    Args:
        id (UUID): The student's id, as in the list of students.
        subject (UUID): The subject's id, as in the overview.
        weight (float | None | str | Unset): Weight of the next mark; without it the median of the
            known weights.
        target (float | None | str | Unset): The average that is wanted.
        grade (float | None | str | Unset): The next mark, if it were so.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Calculation | Problem
    """

    return (
        await asyncio_detailed(
            id=id,
            subject=subject,
            client=client,
            weight=weight,
            target=target,
            grade=grade,
        )
    ).parsed

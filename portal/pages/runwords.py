"""What the errors of a run are called on a page: by their code, which is short and stable, and says who has to act."""

from __future__ import annotations

from collections.abc import Mapping


def _(text: str) -> str:
    """Marks a text that is translated where it is shown."""
    return text


AGAIN = _("The source could not be reached, or the connection was lost. It is tried again by itself.")
SLOW = _("The source took too long to answer. It is tried again by itself; if it goes on, the supplier has to look.")
UNWELL = _("The source is out of order or under maintenance. It is tried again by itself.")
FAULT = _("The source answers with an error. Look in the administration at what the message names.")
CUT = _("The answer stopped in the middle. It is read again by itself; nothing was deleted.")
DENIED = _("The source refuses our account. Nothing is read until it is put right and somebody runs a sync.")
RIGHT = _("Our account has no right to this. Give it that right in the administration.")
OTHERWISE = _("The source answers in another form than was agreed. Ask the supplier what has changed.")
ADDRESS = _("The source does not know the address that we ask. The configuration is not right, or it has moved.")
CERTIFICATE = _("It is not certain that this is the source: its certificate or key is not trusted. Ask it first.")
SETTINGS = _("The configuration of this source is not right; the message below says what.")
COLUMN = _("A column is missing. Import the list again, or let the export hold it again.")
EXPORT = _("What was delivered cannot be right, and nothing of it was used. Have the export made and delivered again.")
LATE = _("What was delivered is older than what is here already. Nothing has to be done.")
NOTHING = _("Nothing was delivered yet.")
FOLDER = _("The folder of deliveries cannot be used. Whoever runs this server has to look.")
TOO_MUCH = _("There is too much to fetch. Remove from the other side what was fetched long ago.")
PROGRAM = _("Something in this program itself went wrong. Ask its supplier.")

CODES: Mapping[str, str] = {
    **dict.fromkeys(("http.connection", "sftp.network"), AGAIN),
    **dict.fromkeys(("http.timeout", "http.deadline", "sftp.timeout"), SLOW),
    **dict.fromkeys(("http.busy", "http.server_error", "atvo.maintenance", "vocus.uwlr_unwell"), UNWELL),
    **dict.fromkeys(("magister.error", "magister.exception", "atvo.error", "atvo.fault"), FAULT),
    **dict.fromkeys(("http.cut", "magister.cut", "magister.empty", "atvo.cut", "atvo.empty", "atvo.paging"), CUT),
    **dict.fromkeys(("http.denied", "magister.login", "atvo.login", "sftp.login", "vocus.uwlr_denied"), DENIED),
    **dict.fromkeys(("magister.right", "magister.refused", "atvo.right", "atvo.not_found"), RIGHT),
    **dict.fromkeys(
        ("http.content_type", "http.encoding", "http.status", "http.too_large", "magister.form", "magister.header",
         "atvo.form", "atvo.element", "atvo.wsdl", "atvo.operation", "atvo.field", "vocus.uwlr_form"), OTHERWISE
    ),
    **dict.fromkeys(("http.not_found", "http.redirect"), ADDRESS),
    **dict.fromkeys(("http.certificate", "sftp.host_key"), CERTIFICATE),
    **dict.fromkeys(
        ("http.request", "atvo.brin", "atvo.location", "atvo.night", "sftp.path", "vocus.uwlr_refused",
         "vocus.uwlr_school"), SETTINGS
    ),
    **dict.fromkeys(("magister.column", "vocus.column"), COLUMN),
    **dict.fromkeys(
        ("csv.too_long", "csv.unclosed", "files.changed", "files.empty", "files.manifest", "files.nothing",
         "files.unsafe", "files.zip", "vocus.csv", "vocus.cut", "vocus.dates", "vocus.edex2000", "vocus.edexml",
         "vocus.encoding", "vocus.zeros"), EXPORT
    ),
    "files.late": LATE, "vocus.nothing": NOTHING,
    **dict.fromkeys(("files.archive", "files.folder", "sftp.folder", "vocus.archive"), FOLDER),
    "sftp.size": TOO_MUCH,
    "files.busy": _("Another process is taking in what was delivered. It is tried again by itself."),
    "rows.bad": _("Too many rows cannot be read at once: something else than those rows must be wrong."),
    "interrupted": _("The program was stopped in the middle. The next run goes on; nothing was deleted."),
    **dict.fromkeys(
        ("unknown", "contract.as_of", "contract.batch", "contract.delivered", "contract.kind",
         "contract.one_to_one"), PROGRAM
    ),
}  # fmt: skip
"""By the code of a run that failed or was refused. The message itself, which tells more, stands beside it."""

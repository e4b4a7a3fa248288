"""The advisories of comparable programs, and which tests show that ours has not their flaw.

Each row is a flaw that was found in one of them; its id stands in the test that shows it here. A
test is named as `path::name` below `tests/`.
"""

from typing import NamedTuple


class Advisory(NamedTuple):
    id: str
    product: str
    flaw: str
    shown_by: tuple[str, ...]


UPLOADS = "security/test_uploads.py"
SERVED = "security/test_files_served.py"
PATHS = "security/test_paths.py"
FIELDS = "security/test_fields.py"
MARKUP = "security/test_markup.py"
KEYS = "security/test_keys.py"
RANGES = "security/test_ranges.py"
QUEUE = "security/test_queue.py"
LOGIN = "security/test_login.py"
SHARING = "views/test_sharing.py"
HOSTS = "security/test_hosts.py"
GUARD = "providers/test_guard.py"

ADVISORIES: dict[int, Advisory] = {
    1: Advisory(
        "CVE-2024-10099",
        "ComfyUI",
        "HTML uploaded as a picture runs",
        (
            f"{UPLOADS}::test_a_page_that_calls_itself_a_picture_is_refused",
            f"{UPLOADS}::test_nothing_is_kept_as_it_was_sent_and_nothing_it_carried",
            f"{SERVED}::test_nothing_else_returns_anything_but_pages",
        ),
    ),
    2: Advisory(
        "CVE-2026-56670",
        "ComfyUI",
        "script inside an SVG",
        (
            f"{UPLOADS}::test_what_is_no_picture_is_never_kept",
            f"{UPLOADS}::test_a_page_that_calls_itself_a_picture_is_refused",
        ),
    ),
    3: Advisory(
        "CVE-2026-56672",
        "ComfyUI",
        "a second endpoint missed the fix of the first",
        (
            f"{SERVED}::test_all_that_return_files_return_the_same_headers",
            f"{SERVED}::test_nothing_else_returns_anything_but_pages",
        ),
    ),
    4: Advisory(
        "CVE-2026-56671",
        "ComfyUI",
        "`../`, encoded and absolute paths",
        (
            f"{PATHS}::test_no_way_of_writing_leads_out_of_an_address_with_a_text",
            f"{PATHS}::test_an_address_with_a_number_takes_nothing_else",
            f"{PATHS}::test_over_the_wire_no_way_of_writing_leads_out_of_the_static_folder",
        ),
    ),
    5: Advisory(
        "CVE-2026-56673",
        "ComfyUI",
        "a job's input names a file of the server",
        (
            f"{PATHS}::test_a_clip_is_made_from_pictures_of_the_studio_only",
            f"{PATHS}::test_a_row_of_a_table_names_no_file_of_the_server",
        ),
    ),
    6: Advisory(
        "CVE-2026-22777",
        "ComfyUI-Manager",
        "line ends write a setting of their own",
        (f"{FIELDS}::test_line_ends_and_nul_are_refused_or_harmless_in_every_field",),
    ),
    7: Advisory(
        "CVE-2025-67303",
        "ComfyUI-Manager",
        "settings reachable over the web",
        (f"{PATHS}::test_over_the_wire_nothing_of_the_data_folder_can_be_had",),
    ),
    8: Advisory(
        "CVE-2026-123790",
        "ComfyUI-Easy-Use",
        "the name of something saved overwrites code",
        (f"{PATHS}::test_no_name_that_somebody_gives_writes_into_our_own_code",),
    ),
    9: Advisory(
        "CVE-2025-6237",
        "InvokeAI",
        "a bulk download is led by its names, and deletes",
        (
            f"{PATHS}::test_a_zip_holds_names_of_ours_only",
            f"{PATHS}::test_no_get_deletes_or_changes_anything",
        ),
    ),
    10: Advisory(
        "CVE-2024-11042",
        "InvokeAI",
        "any file can be deleted",
        (f"{PATHS}::test_deleting_takes_keys_and_stays_inside_the_media_folder",),
    ),
    11: Advisory(
        "release 6.13.8",
        "InvokeAI",
        "an address that is posted is fetched and overwrites files",
        (
            f"{FIELDS}::test_no_field_makes_the_server_ask_an_address",
            f"{PATHS}::test_there_is_no_address_that_fetches_or_opens_what_it_is_told",
        ),
    ),
    12: Advisory(
        "CVE-2024-12029",
        "InvokeAI",
        "a message is unpickled unseen",
        (
            f"{QUEUE}::test_a_forged_message_is_refused_and_not_opened",
            f"{QUEUE}::test_a_worker_goes_on_past_forged_messages",
            f"{QUEUE}::test_nothing_of_ours_opens_what_can_run_code",
        ),
    ),
    13: Advisory(
        "CVE-2024-47167",
        "Gradio",
        "the server fetches what a user names",
        (
            f"{FIELDS}::test_no_field_makes_the_server_ask_an_address",
            "providers/test_egress.py::test_a_reserved_address_is_not_public",
            f"{GUARD}::test_a_link_leads_to_no_private_address",
        ),
    ),
    14: Advisory(
        "CVE-2023-51449",
        "Gradio",
        "files by their path, and an open proxy",
        (
            f"{PATHS}::test_there_is_no_address_that_fetches_or_opens_what_it_is_told",
            f"{PATHS}::test_no_way_of_writing_leads_out_of_an_address_with_a_text",
        ),
    ),
    15: Advisory(
        "CVE-2024-47164",
        "Gradio",
        "the check for a folder can be got around",
        (
            f"{PATHS}::test_the_front_sends_a_file_if_and_only_if_it_is_really_inside",
            "test_front.py::test_what_is_not_in_the_media_folder_is_not_there",
        ),
    ),
    16: Advisory(
        "CVE-2026-28416",
        "Gradio",
        "an address in a remote reply is trusted",
        (
            f"{GUARD}::test_a_link_inside_a_reply_leads_to_no_private_address",
            f"{GUARD}::test_a_redirect_leads_to_no_private_address",
        ),
    ),
    17: Advisory(
        "GHSA-hmx6-r76c-85g9",
        "Gradio",
        "the time of a login tells who has an account",
        (
            f"{LOGIN}::test_an_unknown_name_costs_as_much_work_as_a_wrong_password",
            f"{LOGIN}::test_the_words_do_not_tell_who_has_an_account_either",
        ),
    ),
    18: Advisory(
        "CVE-2024-6587",
        "LiteLLM",
        "a caller sets the API's address and gets the key",
        (
            f"{FIELDS}::test_fields_within_fields_set_nothing_either",
            f"{KEYS}::test_only_staff_may_touch_an_account",
            f"{KEYS}::test_no_redirect_takes_a_key_along",
        ),
    ),
    19: Advisory(
        "CVE-2024-9606",
        "LiteLLM",
        "a key is hidden but for its end",
        (
            f"{KEYS}::test_no_piece_of_a_key_turns_up_anywhere",
            "providers/test_redaction.py::test_keys_and_pieces_of_them_are_hidden_in_any_text",
            "views/test_admin.py::test_the_admin_never_shows_a_key",
        ),
    ),
    20: Advisory(
        "CVE-2026-49468",
        "LiteLLM",
        "the name of the host goes around the login",
        (
            f"{HOSTS}::test_a_strange_host_is_refused_on_every_page",
            f"{HOSTS}::test_no_header_is_a_way_in",
        ),
    ),
    21: Advisory(
        "CVE-2026-114612",
        "LiteLLM",
        "one key for several purposes",
        (
            f"{KEYS}::test_a_signed_link_is_good_for_nothing_else",
            f"{SHARING}::test_a_link_is_good_for_nothing_else",
        ),
    ),
    22: Advisory(
        "GHSA-7qqc-wrcw-2fj9",
        "Paperless",
        "testing a connection sends a stored key elsewhere",
        (
            f"{KEYS}::test_a_changed_address_never_gets_the_stored_key",
            "views/test_admin.py::test_a_changed_address_clears_the_key",
        ),
    ),
    23: Advisory(
        "GHSA-28cf-xvcf-hw6m",
        "Paperless",
        "a template of names leads out of its folder",
        (
            f"{PATHS}::test_a_file_that_is_taken_away_has_a_plain_name",
            f"{UPLOADS}::test_a_picture_is_kept_under_our_name_and_type_whatever_it_calls_itself",
        ),
    ),
    24: Advisory(
        "GHSA-jqwv-hx7q-fxh3",
        "Paperless",
        "owners and rights can be posted along",
        (f"{FIELDS}::test_a_form_sets_nothing_but_its_own_fields",),
    ),
    25: Advisory(
        "GHSA-7cq3-mhxq-w946",
        "Paperless",
        "script in what was called safe",
        (
            f"{MARKUP}::test_no_page_acts_on_hostile_words",
            f"{MARKUP}::test_no_answer_to_a_form_acts_on_what_was_typed",
            f"{MARKUP}::test_nothing_is_called_safe_but_sentences_of_our_own",
            "browser/test_hostile_words.py::test_no_page_opens_a_dialog_because_of_what_stands_in_it",
        ),
    ),
    26: Advisory(
        "GHSA-3pf9-5cjv-2w7q",
        "linkding",
        "a stored file acts as a page, and so does its small copy",
        (
            f"{SERVED}::test_all_that_return_files_return_the_same_headers",
            f"{SERVED}::test_over_the_wire_the_headers_are_the_same_and_say_no_path",
        ),
    ),
    27: Advisory(
        "CVE-2026-53662",
        "Immich",
        "the address to go on with after a login",
        (
            f"{LOGIN}::test_no_way_of_writing_makes_the_login_lead_elsewhere",
            f"{LOGIN}::test_no_button_leads_elsewhere",
        ),
    ),
    28: Advisory(
        "CVE-2026-108165",
        "Immich",
        "locked items leak through a side door",
        (
            "security/test_private.py::"
            "test_others_find_nothing_of_it_in_any_list_search_count_poll_or_file",
            f"{SHARING}::test_a_link_shows_no_more_than_its_maker_may_see",
        ),
    ),
    29: Advisory(
        "CVE-2026-21858",
        "n8n",
        "JSON in place of an upload names a file of the server",
        (f"{UPLOADS}::test_a_file_comes_only_as_a_file",),
    ),
    30: Advisory(
        "CVE-2026-33749",
        "n8n",
        "a stored file becomes a document of our own origin",
        (
            f"{SERVED}::test_nothing_else_returns_anything_but_pages",
            f"{SERVED}::test_no_page_may_open_a_blob_or_a_frame",
        ),
    ),
    31: Advisory(
        "CVE-2026-110852",
        "n8n",
        "the part that nobody can guess is not looked at",
        (
            f"{KEYS}::test_a_token_is_compared_whole",
            f"{SHARING}::test_only_the_hash_is_kept_and_the_token_is_long",
        ),
    ),
    32: Advisory(
        "CVE-2025-62727",
        "Starlette",
        "a Range header takes quadratic time",
        (
            f"{RANGES}::test_five_thousand_ranges_are_answered_as_the_rfc_says",
            f"{RANGES}::test_a_long_header_takes_no_more_steps_than_a_short_one",
            f"{RANGES}::test_a_header_of_a_hundred_kilobytes_is_the_whole_file_or_too_much",
        ),
    ),
    33: Advisory(
        "CVE-2026-50023",
        "yt-dlp",
        "a remote reply chooses a dangerous ending",
        (
            f"{UPLOADS}::test_a_picture_is_kept_under_our_name_and_type_whatever_it_calls_itself",
            "security/test_endings.py::test_a_clip_has_our_ending_whatever_its_provider_calls_it",
        ),
    ),
    34: Advisory(
        "CVE-2026-111984",
        "Stable Diffusion web UI",
        "markup in a file's name",
        (
            f"{MARKUP}::test_a_file_name_is_text_on_every_page_that_shows_it",
            "views/test_files.py::test_a_file_name_is_shown_as_text_only",
        ),
    ),
}

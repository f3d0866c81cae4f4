"""Options with other values of which Parley loses messages, stands still, or shows its values.

They are in ``.streamlit/config.toml``, which people replace, which is not found from another
folder, and over which environment variables win; and a host may set them as it likes, as Streamlit
Community Cloud does. So they are set here, whatever they were.
"""

from streamlit import config

MUST_BE_FALSE = ("runner.fastReruns", "runner.postScriptGC", "runner.magicEnabled")


def hold() -> None:
    """From now on they are so, also when Streamlit reads its configuration anew."""
    config.on_config_parsed(_set, force_connect=True)
    _set()


def _set() -> None:
    for name in MUST_BE_FALSE:
        if config.get_option(name):
            config.set_option(name, False)

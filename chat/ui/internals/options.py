"""Options with other values of which Parley loses messages, stands still, or shows its values.

They are in ``.streamlit/config.toml``, which people replace, which is not found from another
folder, and over which environment variables win.
"""

from streamlit import config

from chat.errors import ConfigurationError

MUST_BE_FALSE = ("runner.fastReruns", "runner.postScriptGC", "runner.magicEnabled")


def check() -> None:
    """Raise `ConfigurationError` when one of them is true."""
    for name in MUST_BE_FALSE:
        if config.get_option(name):
            section, _, option = name.partition(".")
            raise ConfigurationError(
                f"Streamlit's option {name} must be false. Write {option} = false under "
                f"[{section}] into .streamlit/config.toml of the folder in which Parley is "
                f"started, or set {config.get_config_options()[name].env_var}=false."
            )

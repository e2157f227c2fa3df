"""What the person at the terminal sees while a command works."""

from tegum.output import progress_bar


def test_bar_says_what_goes_on_when_all_is_counted(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # a terminal, as far as rich is concerned
    with progress_bar("counting", "thinking") as advance:
        advance(1, 2)
        advance(2, 2)
    shown = capsys.readouterr().err
    assert "0/?" in shown[shown.rindex("thinking") :]
    with progress_bar("counting", "thinking") as advance:
        advance(2, 2)
        advance(1, 2)  # of a second instance
    shown = capsys.readouterr().err
    assert shown.rindex("counting") > shown.rfind("thinking") and "1/2" in shown


def test_bar_is_not_shown_in_a_file(capsys):
    with progress_bar("counting") as advance:
        advance(1, 2)
    assert capsys.readouterr().err == ""

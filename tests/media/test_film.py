"""Films out of real small clips, rendered here."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from studio.media import children, film
from studio.media.film_plan import FilmPlan, FilmShot, Join, fitted, spans
from studio.media.probe import check_video

SIZE = (160, 90)
RATE = 48_000


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """A clip in one grey per picture (`greys`), shown at `times` (whole 1/1000 s) or at `fps`;
    `beep_s` is the stretch in which its sound is loud."""

    def make(
        name: str,
        greys: list[int],
        *,
        fps: int = 24,
        times: list[int] | None = None,
        size: tuple[int, int] = SIZE,
        rotation: int = 0,
        beep_s: tuple[float, float] | None = None,
        sound_rate: int = RATE,
        layout: str = "stereo",
    ) -> Path:
        path = tmp_path / f"{name}.mp4"
        with av.open(str(path), "w") as container:
            video = container.add_stream("libx264", rate=fps)
            video.width, video.height, video.pix_fmt = *size, "yuv420p"
            video.options = {"crf": "1", "preset": "ultrafast"}
            if size[0] % 2:
                video.pix_fmt = "yuv444p"
            if times:
                video.codec_context.time_base = Fraction(1, 1000)
            if rotation:
                video.set_display_rotation(rotation)
            if beep_s:
                sound = container.add_stream("aac", rate=sound_rate, layout=layout)
            for index, grey in enumerate(greys):
                picture = np.full((size[1], size[0], 3), grey, np.uint8)
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts = times[index] if times else index
                frame.time_base = Fraction(1, 1000 if times else fps)
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
            if beep_s:
                _beep(container, sound, len(greys) / fps, beep_s, sound_rate, layout)
        return path

    return make


def _beep(container, stream, length_s, beep_s, rate, layout):  # type: ignore[no-untyped-def]
    at = np.arange(int(length_s * rate)) / rate
    wave = np.where((at >= beep_s[0]) & (at < beep_s[1]), np.sin(at * 6000) * 0.5, 0.0)
    channels = 1 if layout == "mono" else 2
    frame = av.AudioFrame.from_ndarray(
        np.stack([wave] * channels).astype(np.float32), format="fltp", layout=layout
    )
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


@pytest.fixture
def film_of(tmp_path: Path) -> Callable[..., Path]:
    def make(
        *shots: FilmShot, size: tuple[int, int] = SIZE, rate: str = "24", name: str = "film"
    ) -> Path:
        path = tmp_path / f"{name}.mp4"
        film.write_film(FilmPlan(shots, *size, rate, {"title": "A film"}), path, lambda *_: None)
        return path

    return make


def shot(path: Path, in_s: float = 0.0, out_s: float = 1.0, *how: object) -> FilmShot:
    return FilmShot(str(path), in_s, out_s, *how)  # type: ignore[arg-type]


def greys_of(path: Path) -> list[float]:
    """The brightness in the middle of each picture."""
    with av.open(str(path)) as container:
        pictures = (f.to_ndarray(format="rgb24") for f in container.decode(video=0))
        return [
            float(p[p.shape[0] // 2 - 4 :, p.shape[1] // 2 - 4 :][:8, :8].mean()) for p in pictures
        ]


def loudness_of(path: Path) -> np.ndarray:  # type: ignore[type-arg]
    """The sound's level in each 10 ms."""
    with av.open(str(path)) as container:
        parts = [f.to_ndarray()[0] for f in container.decode(audio=0)]
    wave = np.concatenate(parts)
    return np.abs(wave[: len(wave) // 480 * 480].reshape(-1, 480)).max(axis=1)  # type: ignore[no-any-return]


RISING = [40 + 4 * index for index in range(48)]


def test_a_cut_keeps_every_picture_of_the_trimmed_clips_and_no_other(make_clip, film_of):
    clip = make_clip("a", RISING)
    made = film_of(shot(clip, 0.5, 1.0), shot(clip, 0.0, 0.25))
    assert greys_of(made) == pytest.approx([*RISING[12:24], *RISING[:6]], abs=2)


def test_a_trim_between_two_pictures_shows_what_a_player_shows_there(make_clip, film_of):
    made = film_of(shot(make_clip("a", RISING), 0.41, 0.66))
    assert greys_of(made)[0] == pytest.approx(RISING[9], abs=2)
    assert len(greys_of(made)) == 6


def test_the_length_is_that_of_the_trims_less_what_dissolves_share(make_clip, film_of):
    clip = make_clip("a", RISING)
    made = film_of(
        shot(clip, 0.1, 1.9, "dissolve", 0.33),
        shot(clip, 0.0, 1.03, "black", 0.4),
        shot(clip, 0.7, 1.5, "dissolve", 0.21),
        shot(clip, 0.0, 2.0, "dissolve", 0.5),
    )
    expected_s = 1.8 + 1.03 + 0.8 + 2.0 - 0.33 - 0.21
    assert check_video(made).duration_s == pytest.approx(expected_s, abs=1 / 24)
    assert len(greys_of(made)) == round(expected_s * 24)


def test_pictures_of_a_dissolve_are_mixtures_of_both(make_clip, film_of):
    dark, light = make_clip("dark", [40] * 24), make_clip("light", [200] * 24)
    greys = greys_of(film_of(shot(dark, 0, 1, "dissolve", 0.5), shot(light)))
    assert len(greys) == 36
    assert greys[:12] == pytest.approx([40] * 12, abs=2)
    assert greys[24:] == pytest.approx([200] * 12, abs=2)
    mixed = [40 + 160 * (index + 0.5) / 12 for index in range(12)]
    assert greys[12:24] == pytest.approx(mixed, abs=4)


def test_a_fade_through_black_goes_down_and_comes_back(make_clip, film_of):
    clip = make_clip("light", [200] * 24)
    greys = greys_of(film_of(shot(clip, 0, 1, "black", 1.0), shot(clip)))
    assert len(greys) == 48
    assert max(greys[22:26]) < 30
    assert all(earlier > later for earlier, later in pairwise(greys[12:24]))
    assert greys[:11] == pytest.approx([200] * 11, abs=3)


def test_different_sizes_are_shown_whole_with_black_beside_them(make_clip, film_of):
    tall = make_clip("tall", [200] * 12, size=(90, 160))
    made = film_of(shot(tall, 0, 0.5))
    with av.open(str(made)) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert picture.shape == (90, 160, 3)
    assert picture[45, 80].mean() == pytest.approx(200, abs=3)
    assert picture[45, 10].mean() < 5
    assert picture[2, 80].mean() == pytest.approx(200, abs=3)


def test_a_turned_clip_stands_upright(make_clip, film_of):
    turned = make_clip("turned", [200] * 12, rotation=90)
    with av.open(str(film_of(shot(turned, 0, 0.5), size=(90, 160)))) as container:
        picture = next(container.decode(video=0))
    assert picture.rotation == 0
    assert (picture.to_ndarray(format="rgb24")[[2, 157], 45].mean()) == pytest.approx(200, abs=3)


def test_quarter_turns_go_the_way_a_player_turns(make_video, tmp_path, film_of):
    """The companions are made by Pillow; a film has to show the same."""
    frame = np.zeros((96, 96, 3), np.uint8)
    frame[:48, :48] = 255
    for angle in (90, 180, 270):
        path = tmp_path / f"{angle}.mp4"
        with av.open(str(path), "w") as container:
            video = container.add_stream("libx264", rate=24)
            video.width, video.height, video.pix_fmt = 96, 96, "yuv420p"
            video.set_display_rotation(angle)
            for index in range(12):
                picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
                picture.pts, picture.time_base = index, Fraction(1, 24)
                container.mux(video.encode(picture))
            container.mux(video.encode(None))
        with av.open(str(path)) as container:
            shown = next(container.decode(video=0))
        expected = np.asarray(shown.to_image().rotate(shown.rotation))
        with av.open(str(film_of(shot(path, 0, 0.5), size=(96, 96), name=f"f{angle}"))) as made:
            upright = next(made.decode(video=0)).to_ndarray(format="rgb24")
        assert np.abs(upright.astype(int) - expected).mean() < 6


def test_odd_sizes_are_made_even(make_clip, film_of):
    odd = make_clip("odd", [200] * 12, size=(161, 91))
    facts = check_video(film_of(shot(odd, 0, 0.5)))
    assert (facts.width, facts.height) == SIZE
    assert min(greys_of(film_of(shot(odd, 0, 0.5)))) > 190


@pytest.mark.parametrize("fps", [12, 25, 30, 60])
def test_another_rate_keeps_its_speed(make_clip, film_of, fps):
    count = 2 * fps
    clip = make_clip("a", [40 + 160 * index // count for index in range(count)], fps=fps)
    greys = greys_of(film_of(shot(clip, 0.0, 2.0)))
    assert len(greys) == 48
    assert greys == pytest.approx([40 + 160 * index / 48 for index in range(48)], abs=9)


def test_a_variable_rate_is_followed_by_its_times(make_clip, film_of):
    clip = make_clip("a", [40, 80, 120, 160], times=[0, 125, 750, 875])
    greys = greys_of(film_of(shot(clip, 0.0, 1.0)))
    expected = [40] * 3 + [80] * 15 + [120] * 3 + [160] * 3
    assert greys == pytest.approx(expected, abs=3)


def test_a_film_can_run_at_the_rate_of_television(make_clip, film_of):
    made = film_of(shot(make_clip("a", RISING), 0.0, 2.0), rate="30000/1001")
    with av.open(str(made)) as container:
        assert container.streams.video[0].average_rate == Fraction(30000, 1001)
    assert len(greys_of(made)) == 60


def test_a_shot_without_sound_is_silent_between_two_with_sound(make_clip, film_of):
    loud = make_clip("loud", [40] * 24, beep_s=(0.0, 1.0))
    quiet = make_clip("quiet", [80] * 24)
    levels = loudness_of(film_of(shot(loud), shot(quiet), shot(loud)))
    assert levels[10:95].min() > 0.3
    assert levels[105:195].max() < 0.01
    assert levels[205:290].min() > 0.3


def test_a_film_of_silent_clips_has_no_sound(make_clip, film_of):
    assert not check_video(film_of(shot(make_clip("a", [40] * 24)))).has_sound


@pytest.mark.parametrize(("sound_rate", "layout"), [(44_100, "mono"), (22_050, "stereo")])
def test_other_sounds_are_brought_to_48_khz_stereo(make_clip, film_of, sound_rate, layout):
    clip = make_clip("a", [40] * 24, beep_s=(0.5, 1.0), sound_rate=sound_rate, layout=layout)
    made = film_of(shot(clip))
    with av.open(str(made)) as container:
        stream = container.streams.audio[0]
        assert (stream.rate, stream.layout.name) == (RATE, "stereo")
    levels = loudness_of(made)
    assert levels[:45].max() < 0.05
    assert levels[55:95].min() > 0.2


def test_sounds_cross_along_with_a_dissolve(make_clip, film_of):
    loud = make_clip("loud", [40] * 24, beep_s=(0.0, 1.0))
    quiet = make_clip("quiet", [80] * 24)
    levels = loudness_of(film_of(shot(loud, 0, 1, "dissolve", 0.8), shot(quiet)))
    assert levels[10:18].min() > 0.45
    assert 0.25 < levels[60] < 0.45
    assert levels[110:].max() < 0.01


def test_picture_and_sound_stay_together_to_the_end(make_clip, film_of):
    """A flash and a beep begin at the same moment of the clip; in the tenth shot they still do."""
    greys = [40] * 15 + [220] * 9
    clap = make_clip("clap", greys, fps=24, beep_s=(0.625, 1.0), sound_rate=44_100)
    wide = make_clip("wide", [60] * 25, fps=25, beep_s=(0.0, 0.01))
    cuts = [shot(wide, 0.013, 0.987, "dissolve", 0.119), shot(clap, 0.1, 0.99, "black", 0.05)] * 5
    made = film_of(*cuts, rate="30000/1001")
    flashes = _onsets(np.array(greys_of(made)) > 160, 1001 / 30000)
    beeps = _onsets(loudness_of(made) > 0.2, 0.01)
    assert len(flashes) == len(beeps) == 5
    assert np.abs(np.array(flashes) - np.array(beeps)).max() < 0.040


def _onsets(is_on: np.ndarray, step_s: float) -> list[float]:  # type: ignore[type-arg]
    return [
        index * step_s for index in range(1, len(is_on)) if is_on[index] and not is_on[index - 1]
    ]


def test_sound_and_picture_end_together(make_clip, film_of):
    loud = make_clip("loud", [40] * 24, beep_s=(0.0, 0.5))
    with av.open(str(film_of(shot(loud, 0.2, 0.9), shot(loud, 0, 1)))) as container:
        lengths = [float(stream.duration * stream.time_base) for stream in container.streams]
    assert lengths[0] == pytest.approx(lengths[1], abs=1 / 24)


def test_the_board_stands_in_the_file(make_clip, film_of):
    with av.open(str(film_of(shot(make_clip("a", [40] * 24))))) as container:
        assert container.metadata["title"] == "A film"


def test_a_damaged_clip_is_named_by_its_shot(make_clip, film_of, tmp_path):
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no video")
    with pytest.raises(film.NotRendered, match="The clip of shot 2 could not be read"):
        film_of(shot(make_clip("a", [40] * 24)), shot(bad))


def test_a_film_rendered_by_a_child_tells_how_far_it_is(make_clip, tmp_path):
    clip, heard = make_clip("a", RISING), []
    path = tmp_path / "child.mp4"
    plan = FilmPlan((shot(clip, 0, 2),), *SIZE, "24")
    film.render(plan, path, lambda percent: heard.append(percent) is None)
    assert check_video(path).duration_s == pytest.approx(2.0)


def test_a_child_ends_when_its_listener_has_had_enough(make_clip, tmp_path, monkeypatch):
    clip = make_clip("a", RISING, size=(1920, 1080))
    plan = FilmPlan(tuple(shot(clip, 0, 2) for _ in range(20)), 1920, 1080, "60")
    with pytest.raises(children.Stopped):
        film.render(plan, tmp_path / "long.mp4", lambda percent: False)


def test_a_child_says_what_went_wrong(tmp_path):
    plan = FilmPlan((shot(tmp_path / "gone.mp4"),), *SIZE, "24")
    with pytest.raises(film.NotRendered, match="The clip of shot 1 could not be read"):
        film.render(plan, tmp_path / "film.mp4", lambda percent: True)


def test_a_transition_is_as_long_as_the_shorter_neighbour_has_room_for():
    wish = [Join("dissolve", 2.0), Join("dissolve", 2.0), Join("cut", 0.5)]
    assert fitted([5.0, 3.0, 4.0], wish) == [2.0, 1.0, 0.0]
    assert fitted([0.5, 3.0, 4.0], wish) == [0.5, 2.0, 0.0]
    assert fitted([1.0, 3.0], [Join("black", 4.0), Join("cut", 1.0)]) == [2.0, 0.0]


def test_rounding_never_adds_up():
    plan = FilmPlan(tuple(FilmShot("x", 0.0, 0.35) for _ in range(99)), *SIZE, "24")
    found = spans(plan)
    assert found[-1].end == round(99 * 0.35 * 24)
    assert all(before.end == after.first for before, after in pairwise(found))

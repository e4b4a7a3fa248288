"""Pictures taken out of clips."""

import pytest
from PIL import Image

from studio.media.errors import NotAVideo
from studio.models import Asset, FileToRemove, JobInput
from studio.services import assets
from studio.services.engine.afterwork import finish_clip
from studio.services.frames import frame_at, use_as_poster
from tests.factories import new_member


@pytest.fixture
def clip(make_clip):
    """Two seconds at 24 pictures a second; each is a little brighter."""
    return make_clip(has_file=True)


def brightness(asset):
    with Image.open(asset.path) as picture:
        return picture.convert("L").resize((1, 1)).getpixel((0, 0))


def test_a_frame_is_what_the_clip_shows_at_that_second(clip, owner):
    frame = frame_at(clip, 1.0, owner)
    assert frame.kind == Asset.Kind.FRAME
    assert (frame.parent, frame.at_s, frame.owner) == (clip, 1.0, owner)
    assert brightness(frame) == pytest.approx(40 + 180 / 2, abs=4)
    assert frame.sha256 == assets.sha256_of(frame.path)


def test_the_same_second_is_the_same_picture_whoever_asks(clip, owner, django_user_model):
    other = new_member("jo")
    assert frame_at(clip, 0.5, owner) == frame_at(clip, 0.5, other)
    assert clip.derived.filter(kind=Asset.Kind.FRAME).count() == 1


@pytest.mark.parametrize(("asked_s", "shown_s"), [(99.0, 2.0), (-3.0, 0.0)])
def test_a_second_beyond_the_ends_is_brought_back(clip, owner, asked_s, shown_s):
    assert frame_at(clip, asked_s, owner).at_s == pytest.approx(shown_s, abs=0.1)


def test_a_clip_whose_file_is_gone_gives_no_frame(clip, owner):
    clip.path.unlink()
    with pytest.raises(NotAVideo):
        frame_at(clip, 1.0, owner)
    assert not clip.derived.exists()


def test_a_second_can_be_the_poster(clip):
    finish_clip(clip.pk)
    old = clip.derived.get(kind=Asset.Kind.POSTER)
    new = use_as_poster(clip, 1.9)
    assert clip.derived.get(kind=Asset.Kind.POSTER) == new
    assert brightness(new) > brightness_of_start(clip) + 50
    assert not old.path.exists()
    assert not FileToRemove.objects.exists()


def brightness_of_start(clip):
    return brightness(clip.derived.get(kind=Asset.Kind.FIRST_FRAME))


def test_a_poster_that_a_clip_was_made_from_stays_as_a_frame(clip, make_job):
    finish_clip(clip.pk)
    old = clip.derived.get(kind=Asset.Kind.POSTER)
    JobInput.objects.create(job=make_job(), role="first_frame", asset=old)
    use_as_poster(clip, 1.9)
    old.refresh_from_db()
    assert old.kind == Asset.Kind.FRAME
    assert old.path.exists()


def test_the_same_second_twice_is_the_same_poster(clip):
    assert use_as_poster(clip, 1.0) == use_as_poster(clip, 1.0)


def test_a_clip_has_a_filmstrip_of_ten_pictures(clip):
    finish_clip(clip.pk)
    strip = clip.derived.get(kind=Asset.Kind.FILMSTRIP)
    assert (strip.width, strip.height) == (1600, 90)
    with Image.open(strip.path) as picture:
        shades = [picture.convert("L").getpixel((160 * place + 80, 45)) for place in range(10)]
    assert shades == sorted(shades)
    assert shades[0] < 70
    assert shades[-1] > 190

package dev.memoryproxy.blob;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PreconditionTest {
  private static final String MD5 = Md5.OF_NOTHING;
  private static final String OTHER = "0".repeat(32);

  private static boolean absent(Precondition precondition) {
    return precondition.admits(false, false, "", 0);
  }

  private static boolean live(Precondition precondition) {
    return precondition.admits(true, false, MD5, 5);
  }

  private static boolean tombstone(Precondition precondition) {
    return precondition.admits(true, true, MD5, 5);
  }

  @Test
  void noneAdmitsEverything() {
    Precondition none = new Precondition.None();
    assertThat(absent(none) && live(none) && tombstone(none)).isTrue();
  }

  @Test
  void tombstoneCountsAsAbsent() {
    Precondition ifAbsent = new Precondition.IfAbsent();
    assertThat(absent(ifAbsent)).isTrue();
    assertThat(tombstone(ifAbsent)).isTrue();
    assertThat(live(ifAbsent)).isFalse();
  }

  @Test
  void md5MatchesItsLiveContentOnly() {
    assertThat(live(new Precondition.IfMd5(MD5))).isTrue();
    assertThat(live(new Precondition.IfMd5(OTHER))).isFalse();
    assertThat(tombstone(new Precondition.IfMd5(MD5))).isFalse();
    assertThat(absent(new Precondition.IfMd5(MD5))).isFalse();
  }

  @Test
  void versionMatchesFileAndTombstoneAlike() {
    assertThat(live(new Precondition.IfVersion(5))).isTrue();
    assertThat(tombstone(new Precondition.IfVersion(5))).isTrue();
    assertThat(live(new Precondition.IfVersion(4))).isFalse();
    assertThat(tombstone(new Precondition.IfVersion(4))).isFalse();
    assertThat(absent(new Precondition.IfVersion(5))).isFalse();
  }

  @Test
  void saysWhatWasProvided() {
    assertThat(new Precondition.None().provided()).isEqualTo("none");
    assertThat(new Precondition.IfAbsent().provided()).isEqualTo("new");
    assertThat(new Precondition.IfMd5(MD5).provided()).isEqualTo(MD5);
    assertThat(new Precondition.IfVersion(7).provided()).isEqualTo("7");
  }
}

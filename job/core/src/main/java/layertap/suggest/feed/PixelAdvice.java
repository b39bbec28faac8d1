package layertap.suggest.feed;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What is to be done to the pixels of an input.
 *
 * @param setting as {@code image { … }} holds it, such as {@code preprocessing = tf}; empty for
 *     pixels as they are
 * @param reasons why, as sentences
 * @param questions that are open, as sentences
 */
public record PixelAdvice(String setting, List<String> reasons, List<String> questions) {
  public PixelAdvice {
    requireNonNull(setting, "setting is null");
    reasons = List.copyOf(reasons);
    questions = List.copyOf(questions);
  }
}

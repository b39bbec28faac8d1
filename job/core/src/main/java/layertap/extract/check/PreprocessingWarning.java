package layertap.extract.check;

import java.math.BigDecimal;
import java.math.MathContext;
import layertap.extract.check.ChannelMoments.Comparison;
import layertap.extract.check.FirstRowsCheck.Better;
import layertap.model.preprocessing.TrainedStatistics;

/** Says that rows are preprocessed in another way than in training. */
final class PreprocessingWarning {
  private static final MathContext TWO_DIGITS = new MathContext(2);

  private PreprocessingWarning() {}

  /**
   * The warning.
   *
   * @param better settings that go with the model; null if none is known
   */
  static String text(TrainedStatistics trained, Comparison found, int rows, Better better) {
    boolean isMore = found.factor() > 1;
    double factor = isMore ? found.factor() : 1 / Math.max(found.factor(), 1e-12);
    String spread =
        ("the preprocessing seems to be another one than in training: on the first %s rows, the"
                + " variance of what enters the batch normalisation %s is about %s times %s than"
                + " in training (in %s of %s channels by more than ten)")
            .formatted(
                rows,
                trained.layer(),
                number(factor),
                isMore ? "larger" : "smaller",
                found.off(),
                found.channels());
    return better == null
        ? "%s, as if what is fed were about %s times too %s; correct how the feed scales its values"
            .formatted(spread, number(Math.sqrt(factor)), isMore ? "large" : "small")
        : "%s; with image { %s } for %s the factor is %s: write that, or look how the model was trained"
            .formatted(
                spread, better.settings(), better.feed().target().text(), number(better.factor()));
  }

  private static String number(double value) {
    return new BigDecimal(value).round(TWO_DIGITS).stripTrailingZeros().toPlainString();
  }
}

package layertap.model.gradient;

import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import layertap.model.cut.CutTap;

/** Whether a tensor has scores, and a class is one of them. */
final class ScoreCheck {
  private ScoreCheck() {}

  /**
   * Goes on only if the tensor has scores, and the class is one of them.
   *
   * @throws UserException with the remedy
   */
  static void require(String column, CutTap of, ScoreClass scoreClass) {
    if (!Dtype.isFloat(of.dtype())) {
      throw refused(
          column,
          "'%s' is of %s, which nothing differentiates; name scores of floating-point numbers in of"
              .formatted(of.selector(), Dtype.nameOf(of.dtype())));
    }
    if (!of.shape().isRankKnown() || of.shape().sizes().isEmpty()) {
      throw refused(
          column,
          "'%s' has the shape %s, in which no axis is that of the scores; name a tensor [rows, …,"
                  .formatted(of.selector(), of.shape())
              + " classes] in of");
    }
    long count = GradientTarget.classCount(of);
    if (scoreClass instanceof ScoreClass.Only && count != 1) {
      throw refused(
          column,
          "'%s' has %s scores for a row; set class = top, a number from 0, or { column = … }"
              .formatted(of.selector(), count == TensorShape.UNKNOWN ? "any number of" : count));
    }
    boolean isCounted =
        scoreClass instanceof ScoreClass.Fixed || scoreClass instanceof ScoreClass.InColumn;
    if (isCounted && count == TensorShape.UNKNOWN) {
      throw refused(
          column,
          "the file does not say how many scores '%s' has, so no class can be checked; set class ="
                  .formatted(of.selector())
              + " top");
    }
    if (scoreClass instanceof ScoreClass.Fixed chosen && chosen.number() >= count) {
      throw refused(
          column,
          "class = %s, but '%s' has %s; name a class from 0 to %s"
              .formatted(
                  chosen.number(),
                  of.selector(),
                  count == 1 ? "1 score" : count + " scores",
                  count - 1));
    }
  }

  private static UserException refused(String column, String reason) {
    return new UserException("cannot compute the gradient '%s': %s".formatted(column, reason));
  }
}

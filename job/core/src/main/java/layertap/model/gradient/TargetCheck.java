package layertap.model.gradient;

import java.util.List;
import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import layertap.model.cut.CutTap;
import layertap.model.gradient.GradientForm.GradCam;

/** Whether a derivative can be what is asked for, as far as shapes and dtypes tell. */
public final class TargetCheck {
  /** Axes of a batch of maps, the smallest that has space. */
  private static final int SMALLEST_RANK = 3;

  private static final int RANK_OF_IMAGES = 4;

  private TargetCheck() {}

  /**
   * Goes on only if it can be.
   *
   * @param column of the feature
   * @throws UserException with the remedy
   */
  public static void require(String column, GradientTarget target) {
    ScoreCheck.require(column, target.of(), target.scoreClass());
    for (CutTap wrt : target.wrt()) {
      requireFloats(column, wrt);
      requireSame(column, target.wrt().get(0), wrt);
    }
    if (target.form() instanceof GradCam map) {
      requireSpace(column, target.wrt().get(0), map);
    }
  }

  private static void requireFloats(String column, CutTap wrt) {
    if (!Dtype.isFloat(wrt.dtype())) {
      throw refused(
          column,
          ("'%s' is of %s, with respect to which nothing can be differentiated; name a tensor of"
                  + " floating-point numbers behind it in wrt, as the output of the embedding or of"
                  + " the first layer")
              .formatted(wrt.selector(), Dtype.nameOf(wrt.dtype())));
    }
  }

  private static void requireSame(String column, CutTap first, CutTap other) {
    if (first.dtype() != other.dtype()) {
      throw refused(
          column,
          "'%s' is of %s, '%s' of %s, so their gradients have no sum; name calls of one dtype"
              .formatted(
                  first.selector(),
                  Dtype.nameOf(first.dtype()),
                  other.selector(),
                  Dtype.nameOf(other.dtype())));
    }
    boolean isSame =
        first.shape().isRankKnown() == other.shape().isRankKnown()
            && first.shape().withoutBatch().equals(other.shape().withoutBatch());
    if (!isSame) {
      throw refused(
          column,
          "'%s' has the shape %s, '%s' %s, so their gradients have no sum; name calls of one shape"
              .formatted(first.selector(), first.shape(), other.selector(), other.shape()));
    }
  }

  private static void requireSpace(String column, CutTap wrt, GradCam map) {
    TensorShape shape = wrt.shape();
    List<Long> sizes = shape.sizes();
    if (!shape.isRankKnown() || sizes.size() < SMALLEST_RANK) {
      throw refused(
          column,
          ("a map needs a tensor with axes between rows and channels, and '%s' has the shape %s;"
                  + " name the output of a convolution, or a sequence of steps, in wrt")
              .formatted(wrt.selector(), shape));
    }
    if (!map.size().isEmpty() && sizes.size() != RANK_OF_IMAGES) {
      throw refused(
          column,
          "size = %s is of a map with height and width, and '%s' has the shape %s; leave size out"
              .formatted(map.size(), wrt.selector(), shape));
    }
  }

  private static UserException refused(String column, String reason) {
    return new UserException("cannot compute the gradient '%s': %s".formatted(column, reason));
  }
}

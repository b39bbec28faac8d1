package layertap.model.gradient;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.List;
import layertap.model.select.Selector;

/**
 * A derivative that is asked for as a feature.
 *
 * @param of names the tensor of scores, whose last axis has one for each class
 * @param scoreClass which score
 * @param wrt name the tensors with respect to which it is differentiated; the derivatives of
 *     several, of calls of one layer, are added
 */
public record GradientOptions(
    Selector of, ScoreClass scoreClass, List<Selector> wrt, GradientForm form)
    implements Serializable {
  public GradientOptions {
    requireNonNull(of, "of is null");
    requireNonNull(scoreClass, "scoreClass is null");
    wrt = List.copyOf(wrt);
    requireNonNull(form, "form is null");
  }
}

package layertap.model.gradient;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import layertap.graph.TensorShape;
import layertap.model.cut.CutTap;

/**
 * A derivative in a truncated graph.
 *
 * @param of the scores
 * @param wrt tensors with respect to which they are differentiated
 */
public record GradientTarget(CutTap of, ScoreClass scoreClass, List<CutTap> wrt, GradientForm form)
    implements Serializable {
  public GradientTarget {
    requireNonNull(of, "of is null");
    requireNonNull(scoreClass, "scoreClass is null");
    wrt = List.copyOf(wrt);
    requireNonNull(form, "form is null");
  }

  /** As messages name it. */
  public String text() {
    return "gradient of %s, class %s, with respect to %s"
        .formatted(of.selector(), scoreClass.text(), wrtText());
  }

  String wrtText() {
    return wrt.stream().map(CutTap::selector).collect(Collectors.joining(" + "));
  }

  /** How many scores a row has; the rank of their tensor is known. */
  public long classCount() {
    return classCount(of);
  }

  /** How many scores a row of a tensor has; {@link TensorShape#UNKNOWN} where that is open. */
  public static long classCount(CutTap of) {
    List<Long> sizes = of.shape().sizes();
    return sizes.size() == 1 ? 1 : sizes.get(sizes.size() - 1);
  }

  /** In plain values: equal ones give equal features. */
  public Map<String, Object> described() {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("of", of.selector());
    described.put("of-tensor", of.tensor().toString());
    described.put("class", scoreClass.text());
    described.put("wrt", wrt.stream().map(CutTap::selector).toList());
    described.put("wrt-tensors", wrt.stream().map(tap -> tap.tensor().toString()).toList());
    described.putAll(form.described());
    return described;
  }
}

package layertap.model.gradient;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is made of a derivative. */
public sealed interface GradientForm extends Serializable {
  /** The settings in plain values: equal ones give equal features. */
  Map<String, Object> described();

  /** The derivative itself. */
  record Plain() implements GradientForm {
    @Override
    public Map<String, Object> described() {
      return method("plain");
    }
  }

  /** The derivative times the value by which it was differentiated. */
  record TimesInput() implements GradientForm {
    @Override
    public Map<String, Object> described() {
      return method("times-input");
    }
  }

  /**
   * The mean of the derivative along the straight line from a baseline to the value, by the
   * trapezoidal rule, times the value less the baseline.
   *
   * @param steps intervals
   * @param baseline every number of it
   */
  record Integrated(int steps, double baseline) implements GradientForm {
    @Override
    public Map<String, Object> described() {
      Map<String, Object> described = method("integrated");
      described.put("steps", steps);
      described.put("baseline", baseline);
      return described;
    }
  }

  /**
   * A map of where a layer's channels speak for the score: relu(Σ_k mean over space(∂score/∂A_k) ·
   * A_k).
   *
   * @param size height and width to which it is resized; empty for the layer's own
   */
  record GradCam(List<Integer> size) implements GradientForm {
    public GradCam {
      size = List.copyOf(size);
    }

    @Override
    public Map<String, Object> described() {
      Map<String, Object> described = method("grad-cam");
      if (!size.isEmpty()) {
        described.put("size", size);
      }
      return described;
    }
  }

  private static Map<String, Object> method(String name) {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("method", name);
    return described;
  }
}

package layertap.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import layertap.failure.UserException;
import layertap.model.feature.FeatureOptions.Pool;
import layertap.model.gradient.GradientForm;
import layertap.model.gradient.GradientOptions;
import layertap.model.gradient.ScoreClass;
import layertap.model.select.Selector;
import layertap.model.select.SelectorParser;
import layertap.model.select.SelectorParser.At;

/** Reads {@code gradient} and {@code grad-cam} of a feature. */
final class GradientParser {
  private static final String GRADIENT = "gradient";
  private static final String GRAD_CAM = "grad-cam";
  private static final String WRT = "wrt";
  private static final String CLASS = "class";
  private static final List<String> OF_TAPS =
      List.of("layer", "index", "graph-tensor", "output", "at", "batch-axis");

  private static final int STEPS = 32;

  private final Section section;

  private GradientParser(Section section) {
    this.section = section;
  }

  private enum Method {
    PLAIN,
    TIMES_INPUT,
    INTEGRATED
  }

  /** Whether a feature is a derivative. */
  static boolean isGradient(Section feature) {
    // Both are asked for: a key that nobody asks for is a mistake.
    boolean isGradient = feature.has(GRADIENT);
    return feature.has(GRAD_CAM) || isGradient;
  }

  /**
   * What a feature asks for; empty where a problem was noted.
   *
   * @param pool of the feature, which takes its last axis for channels
   */
  static Optional<GradientOptions> parse(Section feature, Pool pool) {
    boolean isMap = feature.has(GRAD_CAM);
    String key = isMap ? GRAD_CAM : GRADIENT;
    if (isMap && feature.has(GRADIENT)) {
      feature.problem(GRADIENT, "does not go with grad-cam; make two features of them");
    }
    for (String other : OF_TAPS) {
      if (feature.has(other)) {
        feature.problem(
            other, "does not go with %s; name the layers with of and wrt in it".formatted(key));
      }
    }
    if (isMap && pool != Pool.NONE) {
      feature.problem("pool", "does not go with grad-cam: a map has no channels; leave it out");
    }
    Section section = feature.section(key);
    GradientParser parser = new GradientParser(section);
    GradientForm form = isMap ? parser.map() : parser.form();
    ScoreClass scoreClass = parser.scoreClass();
    Optional<Selector> of = parser.required("of").flatMap(value -> parser.single("of", value));
    List<Selector> wrt = parser.wrt();
    section.finish();
    return of.isEmpty() || wrt.isEmpty()
        ? Optional.empty()
        : Optional.of(new GradientOptions(of.get(), scoreClass, wrt, form));
  }

  private GradientForm form() {
    Method method = section.choice("method", Method.class, Method.PLAIN);
    if (method != Method.INTEGRATED) {
      for (String key : List.of("steps", "baseline")) {
        if (section.has(key)) {
          section.problem(key, "goes with method = integrated only");
        }
      }
    }
    return switch (method) {
      case PLAIN -> new GradientForm.Plain();
      case TIMES_INPUT -> new GradientForm.TimesInput();
      case INTEGRATED ->
          new GradientForm.Integrated(
              section.wholeNumber("steps", 1, STEPS), section.number("baseline", 0));
    };
  }

  private GradientForm map() {
    List<Integer> size = new ArrayList<>();
    for (String text : section.texts("size")) {
      if (text.matches("[1-9]\\d{0,4}")) {
        size.add(Integer.parseInt(text));
      } else {
        section.problem("size", "holds '%s', which is not a number of pixels".formatted(text));
        return new GradientForm.GradCam(List.of());
      }
    }
    if (section.has("size") && size.size() != 2) {
      section.problem("size", "is not [height, width]");
      return new GradientForm.GradCam(List.of());
    }
    return new GradientForm.GradCam(size);
  }

  private ScoreClass scoreClass() {
    Optional<ConfigValue> value = section.value(CLASS);
    if (value.isEmpty()) {
      return new ScoreClass.Only();
    }
    if (value.get() instanceof ConfigObject) {
      Section column = section.section(CLASS);
      ScoreClass named = new ScoreClass.InColumn(column.requiredText("column"));
      column.finish();
      return named;
    }
    String text = Section.asText(value.get()).orElse("");
    if (text.equals("top")) {
      return new ScoreClass.Top();
    }
    if (text.matches("\\d{1,9}")) {
      return new ScoreClass.Fixed(Integer.parseInt(text));
    }
    section.problem(CLASS, "is '%s', not top, a number from 0, or { column = … }".formatted(text));
    return new ScoreClass.Only();
  }

  private Optional<ConfigValue> required(String key) {
    Optional<ConfigValue> value = section.value(key);
    if (value.isEmpty()) {
      section.problem(key, "is missing");
    }
    return value;
  }

  private List<Selector> wrt() {
    Optional<ConfigValue> value = required(WRT);
    List<Selector> selectors = new ArrayList<>();
    if (value.isPresent() && value.get() instanceof ConfigList list) {
      for (int i = 0; i < list.size(); i++) {
        ConfigValue element = list.get(i);
        Optional<Selector> selector =
            element instanceof ConfigObject object
                ? ofObject(WRT, section.element(WRT, i, object))
                : single(WRT, element);
        selector.ifPresent(selectors::add);
      }
      if (list.isEmpty()) {
        section.problem(WRT, "is empty; name a layer or an input");
      }
    } else if (value.isPresent()) {
      single(WRT, value.get()).ifPresent(selectors::add);
    }
    return selectors;
  }

  private Optional<Selector> single(String key, ConfigValue value) {
    if (value instanceof ConfigObject) {
      return ofObject(key, section.section(key));
    }
    if (value instanceof ConfigList || value.valueType() == ConfigValueType.NULL) {
      section.problem(key, "is neither a selector nor an object { … }");
      return Optional.empty();
    }
    try {
      String text = Section.asText(value).orElse("");
      return one(key, SelectorParser.parse(text, At.OUTPUT));
    } catch (UserException e) {
      section.problem(key, ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<Selector> ofObject(String key, Section object) {
    Optional<Selector> selector = FeatureParser.selector(object);
    object.finish();
    return selector.flatMap(found -> one(key, found));
  }

  private Optional<Selector> one(String key, Selector selector) {
    if (selector instanceof Selector.ByName named && named.isGlob()) {
      section.problem(
          key, "is '%s', which may stand for several layers; name one".formatted(named.text()));
      return Optional.empty();
    }
    return Optional.of(selector);
  }
}

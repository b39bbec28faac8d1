package layertap.model.select;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import layertap.failure.UserException;
import layertap.model.select.Selector.ByIndex;
import layertap.model.select.Selector.ByName;
import layertap.model.select.Selector.Side;

/** Reads {@code [path/]name[@call][:output]} and the sides of a layer. */
public final class SelectorParser {
  private static final Pattern SELECTOR =
      Pattern.compile("(?<path>[^@:]+)(?:@(?<call>\\d{1,6}))?(?::(?<port>[^@:]+))?");
  private static final Pattern INDEX = Pattern.compile("-?\\d{1,6}");
  private static final Pattern INPUT = Pattern.compile("input(?::(?<position>\\d{1,6}))?");

  private SelectorParser() {}

  /** A side and, for an input, which one. */
  public record At(Side side, String position) {
    public static final At OUTPUT = new At(Side.OUTPUT, "");
  }

  /**
   * Reads a selector string; one of digits alone is an index.
   *
   * @throws UserException if it has another form
   */
  public static Selector parse(String text, At at) {
    Matcher matcher = SELECTOR.matcher(text.trim());
    if (!matcher.matches()) {
      throw new UserException(
          ("cannot read the selector '%s': it is not of the form "
                  + "[path/]name[@call][:output]; for a raw tensor write { graph-tensor = \"%s\" "
                  + "}")
              .formatted(text, text));
    }
    int call = matcher.group("call") == null ? ByName.ANY : Integer.parseInt(matcher.group("call"));
    String port = matcher.group("port") == null ? "" : matcher.group("port");
    if (at.side() != Side.OUTPUT && !port.isEmpty()) {
      throw new UserException(
          ("cannot read the selector '%s': ':%s' names an output, but at = %s; leave "
                  + "one of them out")
              .formatted(text, port, words(at)));
    }
    String portOrInput = at.side() == Side.INPUT ? at.position() : port;
    String path = matcher.group("path");
    return INDEX.matcher(path).matches()
        ? new ByIndex(Integer.parseInt(path), call, portOrInput, at.side())
        : new ByName(path, call, portOrInput, at.side());
  }

  /**
   * Reads {@code output}, {@code input}, {@code input:1} or {@code pre-activation}.
   *
   * @throws UserException if it is none of these
   */
  public static At parseAt(String text) {
    Matcher input = INPUT.matcher(text);
    if (input.matches()) {
      String position = input.group("position");
      return new At(Side.INPUT, position == null ? "" : position);
    }
    return switch (text) {
      case "output" -> At.OUTPUT;
      case "pre-activation" -> new At(Side.PRE_ACTIVATION, "");
      default ->
          throw new UserException(
              "cannot read at = '%s': it is not output, input, input:<n> or pre-activation"
                  .formatted(text));
    };
  }

  static String words(At at) {
    return switch (at.side()) {
      case OUTPUT -> "output";
      case INPUT -> at.position().isEmpty() ? "input" : "input:" + at.position();
      case PRE_ACTIVATION -> "pre-activation";
    };
  }
}

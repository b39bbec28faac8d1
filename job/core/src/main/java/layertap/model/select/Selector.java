package layertap.model.select;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/** What a user names in a model. */
public sealed interface Selector extends Serializable {
  /** The selector as one would write it. */
  String text();

  /** Which side of a layer. */
  enum Side {
    OUTPUT,
    INPUT,
    /** Before the activation function that is part of the layer. */
    PRE_ACTIVATION
  }

  /**
   * Layers by name.
   *
   * @param path name, or path of names, or a glob of these
   * @param call which call of a shared layer, or {@link #ANY}
   * @param port output by position or by name of a state; position of the input for {@link
   *     Side#INPUT}; empty if not given
   */
  record ByName(String path, int call, String port, Side side) implements Selector {
    /** No particular call. */
    public static final int ANY = -1;

    public ByName {
      requireNonNull(path, "path is null");
      requireNonNull(port, "port is null");
      requireNonNull(side, "side is null");
    }

    /** Whether it may stand for several layers. */
    public boolean isGlob() {
      return path.indexOf('*') >= 0 || path.indexOf('?') >= 0;
    }

    /** Whether it is a name and nothing more. */
    boolean isBare() {
      return !isGlob() && call == ANY && port.isEmpty() && side == Side.OUTPUT;
    }

    @Override
    public String text() {
      return path + suffix(call, port);
    }
  }

  /**
   * A layer by its index in {@code model.layers}, counted from the end if negative.
   *
   * @param call as in {@link ByName}
   * @param port as in {@link ByName}
   */
  record ByIndex(int index, int call, String port, Side side) implements Selector {
    public ByIndex {
      requireNonNull(port, "port is null");
      requireNonNull(side, "side is null");
    }

    @Override
    public String text() {
      return index + suffix(call, port);
    }
  }

  /** A tensor of the flat graph by its name or the end of its name. */
  record GraphTensor(String name) implements Selector {
    public GraphTensor {
      requireNonNull(name, "name is null");
    }

    @Override
    public String text() {
      return name;
    }
  }

  /** An output of the signature. */
  record SignatureOutput(String name) implements Selector {
    public SignatureOutput {
      requireNonNull(name, "name is null");
    }

    @Override
    public String text() {
      return name;
    }
  }

  private static String suffix(int call, String port) {
    return (call == ByName.ANY ? "" : "@" + call) + (port.isEmpty() ? "" : ":" + port);
  }
}

package layertap.model.select;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/** Where a value goes into the graph. */
public sealed interface FeedTarget extends Serializable {
  /** The target as one would write it in a feed: {@code into = conv2}. */
  String text();

  /** An input of the signature. */
  record Input(String name) implements FeedTarget {
    public Input {
      requireNonNull(name, "name is null");
    }

    @Override
    public String text() {
      return "input = " + name;
    }
  }

  /** What enters a layer; the selector's port is the input's position. */
  record Into(Selector layer) implements FeedTarget {
    public Into {
      requireNonNull(layer, "layer is null");
    }

    @Override
    public String text() {
      return "into = " + layer.text();
    }
  }

  /** What leaves a layer. */
  record OutputOf(Selector layer) implements FeedTarget {
    public OutputOf {
      requireNonNull(layer, "layer is null");
    }

    @Override
    public String text() {
      return "output-of = " + layer.text();
    }
  }

  /** A tensor of the flat graph. */
  record Tensor(String name) implements FeedTarget {
    public Tensor {
      requireNonNull(name, "name is null");
    }

    @Override
    public String text() {
      return "graph-tensor = " + name;
    }
  }

  /** The class whose score is differentiated: it goes beside the model, not into it. */
  record ClassNumber(String column) implements FeedTarget {
    public ClassNumber {
      requireNonNull(column, "column is null");
    }

    @Override
    public String text() {
      return "class = { column = %s }".formatted(column);
    }
  }
}

package layertap.graph.freeze;

import layertap.graph.TensorId;

/** How the nodes of a graph, or of a function's body, name each other's outputs. */
public interface TensorNames {
  /** In a graph: {@code node:position}. */
  TensorNames OF_GRAPH =
      new TensorNames() {
        @Override
        public String output(String node, String argument, int indexInArgument, int position) {
          return node + ":" + position;
        }

        @Override
        public String canonical(String input) {
          return TensorId.parse(input).toString();
        }
      };

  /** In a function: {@code node:argument:index}, or the name of an argument of the function. */
  TensorNames OF_FUNCTION =
      new TensorNames() {
        @Override
        public String output(String node, String argument, int indexInArgument, int position) {
          return node + ":" + argument + ":" + indexInArgument;
        }

        @Override
        public String canonical(String input) {
          return input;
        }
      };

  /**
   * The name of an output as the nodes' inputs write it, with its index.
   *
   * @param argument name of the output in the OpDef
   * @param indexInArgument among the tensors of that output
   * @param position among all outputs of the node
   */
  String output(String node, String argument, int indexInArgument, int position);

  /** An input in the form of {@link #output}. */
  String canonical(String input);
}

package layertap.model.select

import layertap.failure.UserException
import layertap.graph.RecurrentLoop
import layertap.model.cut.ModelCutter
import layertap.model.select.SelectorParser.At
import layertap.testing.SavedModels.{load, of, port, signature}
import org.scalatest.funsuite.AnyFunSuite

class UntoldStatesTest extends AnyFunSuite {
  private def tensor(selector: String, gives: String): String = {
    val loop = new RecurrentLoop("rnn", keepsAll = true, gives = gives).graph
    val model = load(of(loop, signature(port("x", "x:0"))(port("y", "rnn/last:0"))))
    new ModelCutter(model).tap(SelectorParser.parse(selector, At.OUTPUT)).get(0).tensor.toString
  }

  test("the state that a step gives is hidden") {
    assert(tensor("rnn:hidden", "add:z:0") === "rnn/while:2")
  }

  test("a state that a step does not give is refused by name, and its tensor is named") {
    val refused = intercept[UserException](tensor("rnn:hidden", "get:item:0"))
    assert(
      refused.getMessage === "cannot tap 'rnn:hidden': the ops of the layer's cell do not tell " +
        "which of its states that is; name one with { graph-tensor = \"rnn/while:2\" }: " +
        "rnn/while:2; or tap rnn:0, rnn:sequence, rnn:last"
    )
    assert(tensor("rnn:last", "get:item:0") === "rnn/last:0")
  }
}

package layertap.extract.serving

import java.nio.file.Path
import java.time.Duration
import java.util.{List => JavaList, Map => JavaMap}
import layertap.failure.UserException
import org.scalatest.funsuite.AnyFunSuite

class SettingTextTest extends AnyFunSuite {

  private def refused(value: Any): String =
    intercept[UserException](SettingText.of("model.path", value)).getMessage

  test("texts, numbers, truth values, lists and maps are those of a configuration") {
    val map = new java.util.HashMap[String, Any]
    map.put("none", null)
    Seq[(Any, String)](
      "${HOME} \"a\"" -> "\"${HOME} \\\"a\\\"\"",
      3 -> "3",
      0.5 -> "0.5",
      true -> "true",
      JavaList.of("a", JavaList.of(1)) -> "[\"a\",[1]]",
      JavaMap.of("a", java.util.Set.of(1)) -> "{\"a\":[1]}",
      map -> "{\"none\":null}"
    ).foreach { case (value, text) => assert(SettingText.of("x", value) === text) }
  }

  test("anything else is refused by its type: a path is a list of paths, a duration a number") {
    Seq[(Any, String)](
      Duration.ofSeconds(3) -> "java.time.Duration",
      new java.io.File("model") -> "java.io.File",
      Array(8, 8) -> "int[]",
      java.util.Optional.of("a") -> "java.util.Optional",
      Path.of("model") -> Path.of("model").getClass.getName
    ).foreach { case (value, name) =>
      val words =
        s"cannot set model.path: it has a value of $name; give a text, number or truth value, or " +
          "lists and maps of such"
      assert(refused(value) === words)
      assert(refused(JavaMap.of("a", JavaList.of(value))) === words)
    }
  }

  test("a map that holds itself is refused") {
    val around = new java.util.HashMap[String, Any]
    around.put("a", around)
    assert(
      refused(
        around
      ) === "cannot set model.path: its lists and maps are more than 50 deep; give fewer"
    )
  }
}

package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.logging.Level;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** The console as people use it: in a browser, by keyboard, on a phone, in the dark. */
@RequiresChromium
final class ConsoleBrowserTest extends ConsoleFixture {

  private static final Path PICTURES = Path.of("target", "console");
  private static final Pattern REQUESTED =
      Pattern.compile("\"documentURL\".*\"request\":\\{.*?\"url\":\"([^\"]*)\"");
  private static final int MOST_TABS = 80;

  private static ChromeDriver browser;
  private static String accessibility;

  @BeforeAll
  static void open() throws IOException {
    try (InputStream script =
        Objects.requireNonNull(ConsoleBrowserTest.class.getResourceAsStream("accessibility.js"))) {
      accessibility = new String(script.readAllBytes(), StandardCharsets.UTF_8);
    }
    browser = browser(Map.of());
  }

  private static ChromeDriver browser(Map<String, Object> preferences) {
    var logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    logs.enable(LogType.PERFORMANCE, Level.ALL);
    var options = new ChromeOptions();
    options.setBinary(RequiresChromium.Condition.find("chromium").orElseThrow().toFile());
    options.addArguments("--headless=new", "--disable-gpu", "--force-color-profile=srgb");
    options.addArguments("--no-sandbox", "--disable-dev-shm-usage"); // For root, in containers.
    options.addArguments("--disable-background-networking", "--disable-component-update");
    options.setExperimentalOption("prefs", preferences);
    options.setCapability("goog:loggingPrefs", logs);
    return new ChromeDriver(
        new ChromeDriverService.Builder()
            .usingDriverExecutable(
                RequiresChromium.Condition.find("chromedriver").orElseThrow().toFile())
            .usingAnyFreePort()
            .build(),
        options);
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.quit();
    }
  }

  @AfterEach
  void nothingWasWrong() {
    browser.get("about:blank"); // The page stops asking before the server is gone.
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
        .as("errors, and what the page's policy kept out")
        .filteredOn(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .filteredOn(entry -> !entry.getMessage().contains("status of 400")) // That is a refusal.
        .isEmpty();
    for (LogEntry entry : browser.manage().logs().get(LogType.PERFORMANCE)) {
      var requested = REQUESTED.matcher(entry.getMessage());
      if (entry.getMessage().contains("Network.requestWillBeSent\"") && requested.find()) {
        assertThat(requested.group(1)).matches("(http://127\\.0\\.0\\.1:|about:).*");
      }
    }
  }

  private void visit(String path) {
    browser.get("http://127.0.0.1:" + port + path);
  }

  private void window(int width, int height, String scheme) {
    // A window has a least width; what the page sees does not.
    browser.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    browser.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  private static void press(CharSequence... keys) {
    new Actions(browser).sendKeys(keys).perform();
  }

  /** Goes by the Tab key alone to a field of this name, or to a link or button of this text. */
  private static void tabTo(String name) {
    for (int i = 0; i < MOST_TABS; i++) {
      press(Keys.TAB);
      WebElement here = browser.switchTo().activeElement();
      if (name.equals(here.getDomAttribute("name")) || name.equals(here.getText())) {
        return;
      }
    }
    throw new AssertionError("no way to '" + name + "' by keyboard");
  }

  private static void type(String field, String text) {
    tabTo(field);
    new Actions(browser)
        .keyDown(Keys.CONTROL)
        .sendKeys("a")
        .keyUp(Keys.CONTROL)
        .sendKeys(text)
        .perform();
  }

  private static void change(String why, String button) {
    type("who", "ann");
    type("why", why);
    tabTo(button);
    press(Keys.SPACE);
  }

  private static void awaitText(String text) {
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions() // The page may be changing.
        .until(() -> browser.findElement(By.tagName("main")).getText().contains(text));
  }

  private static void picture(String name) throws IOException {
    Files.createDirectories(PICTURES);
    Files.write(PICTURES.resolve(name + ".png"), browser.getScreenshotAs(OutputType.BYTES));
  }

  @Test
  void experiment_byKeyboardAlone_isMadeStartedRampedAndStopped() {
    window(1200, 900, "light");
    visit("/experiments");
    tabTo("New experiment");
    press(Keys.ENTER);
    awaitText("It begins as a draft");
    type("name", "by-hand");
    type("who", "ann");
    type("why", "by keyboard");
    press(Keys.ENTER);
    awaitText("draft");
    assertThat(browser.getCurrentUrl()).endsWith("/experiments/by-hand");

    change("go", "Start");
    awaitText("running");
    type("who", "ann");
    type("why", "more");
    type("coverage", "50");
    press(Keys.ENTER); // Of the buttons none is the one that is meant.
    assertThat(browser.findElement(By.name("coverage")).getDomProperty("value")).isEqualTo("50");
    press(Keys.TAB, Keys.SPACE);
    awaitText("50.0 % of them");
    change("enough", "Stop");
    awaitText("stopped");
    assertThat(browser.findElements(By.cssSelector("button"))).isEmpty();
  }

  @Test
  void form_refused_keepsWhatWasTypedAndSaysWhere() {
    window(1200, 900, "light");
    visit("/experiments/new");
    type("name", "e");
    type("coverage", "150");
    type("who", "ann");
    type("why", "by keyboard");
    press(Keys.ENTER);
    awaitText("Not made");

    WebElement coverage = browser.findElement(By.name("coverage"));
    assertThat(coverage.getDomProperty("value")).isEqualTo("150");
    assertThat(coverage.getDomAttribute("aria-invalid")).isEqualTo("true");
    assertThat(browser.findElement(By.name("why")).getDomProperty("value"))
        .isEqualTo("by keyboard");
    assertThat(browser.findElement(By.cssSelector("[role=alert]")).getAriaRole())
        .isEqualTo("alert");
  }

  @ParameterizedTest
  @CsvSource({"1200, 900, light", "1200, 900, dark", "360, 740, light", "360, 740, dark"})
  void pages_anyWindow_canBeReadByAll(int width, int height, String scheme) throws IOException {
    assertThat(Http.post(port, "/experiments", form("e")).status()).isEqualTo(303);
    Map<String, String> start = form("e");
    start.put("version", "1");
    assertThat(Http.post(port, "/experiments/e/start", start).status()).isEqualTo(303);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          classify(5);
          return Http.get(port, "/experiments/e/live")
              .body()
              .contains("disagreement with the full");
        });
    window(width, height, scheme);
    for (String path :
        List.of(
            "/",
            "/models/sst2/1",
            "/experiments",
            "/experiments/new",
            "/experiments/e",
            "/log",
            "/nope")) {
      visit(path);
      assertThat(browser.executeScript(accessibility))
          .as("%s at %d, %s", path, width, scheme)
          .isEqualTo(List.of());
      picture(path.replaceAll("\\W+", "-") + "-" + width + "-" + scheme);
    }
    browser.manage().logs().get(LogType.BROWSER); // That a page is not there is said there too.
  }

  @Test
  void overview_whileLookedAt_followsTheServer() {
    window(1200, 900, "light");
    visit("/");
    awaitText("Layer speed-up");
    await()
        .atMost(Duration.ofSeconds(40))
        .ignoreExceptions()
        .until(() -> {
          classify(1);
          String said =
              browser.findElement(By.cssSelector("figure svg")).getDomAttribute("aria-label");
          return String.valueOf(said).contains("100 % at 4");
        });
    assertThat(browser.findElement(By.cssSelector("[data-live-note]")).getText())
        .isEqualTo("Live.");
  }

  @Test
  void experiment_withoutScript_worksAllTheSame() {
    ChromeDriver plain = browser(Map.of("profile.managed_default_content_settings.javascript", 2));
    try {
      plain.get("http://127.0.0.1:" + port + "/experiments/new");
      plain.findElement(By.name("name")).sendKeys("plain");
      plain.findElement(By.name("who")).sendKeys("ann");
      plain.findElement(By.name("why")).sendKeys("no script", Keys.ENTER);
      await().until(() -> plain.getTitle().startsWith("plain"));
      assertThat(plain.findElement(By.tagName("main")).getText()).contains("draft");
    } finally {
      plain.quit();
    }
  }
}

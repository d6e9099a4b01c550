"""Writes an Xcode project of the type Sticker Pack Application, which is what Apple takes for iMessage stickers.

Sources: Apple, Asset Catalog Format Reference (sticker pack and icon set types); the files that Xcode's own template
"Sticker Pack App" makes. The bundle identifier, the team and the version are the person's to set in Xcode.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from popcon.naming import slug
from popcon.packs.covers import still_cover
from popcon.pixels import Rgba
from popcon.platforms.model import Cover

_ASSETS = "StickerPackExtension/Stickers.xcassets"
_ICONS = "iMessage App Icon.stickersiconset"

_ICON_SIZES: tuple[tuple[str, tuple[float, float], int], ...] = (
    ("iphone", (29, 29), 2), ("iphone", (29, 29), 3), ("iphone", (60, 45), 2), ("iphone", (60, 45), 3),
    ("ipad", (29, 29), 2), ("ipad", (67, 50), 2), ("ipad", (74, 55), 2), ("ios-marketing", (1024, 1024), 1),
    ("universal", (27, 20), 2), ("universal", (27, 20), 3), ("universal", (32, 24), 2), ("universal", (32, 24), 3),
    ("ios-marketing", (1024, 768), 1),
)  # fmt: skip
"""Of the icon set: who shows it, points, pixels a point."""


def xcode_project(title: str, sticker_pack: Sequence[tuple[str, bytes]], character: Rgba) -> list[tuple[str, bytes]]:
    """Lay out a project around a sticker pack.

    Arguments:
        title: of the pack; the app's name.
        sticker_pack: (path, bytes) of the `.stickerpack` folder.
        character: from which the app's icons are drawn: (h, w, 4) uint8, straight alpha.

    Returns:
        (path, bytes) of all files, the sticker pack among them.
    """
    name = re.sub(r"[^A-Za-z0-9 ]", "", title).strip()[:40] or "Stickers"
    info = {"author": "popcon", "version": 1}
    icons = [_icon(entry, character) for entry in _ICON_SIZES]
    listed = {"images": [about for about, _ in icons], "info": info}
    drawn = {about["filename"]: data for about, data in icons}
    return [
        (f"{name}.xcodeproj/project.pbxproj", _project(name).encode()),
        ("App/Info.plist", _plist(_APP).encode()),
        ("StickerPackExtension/Info.plist", _plist(_EXTENSION).encode()),
        (f"{_ASSETS}/Contents.json", _json({"info": info})),
        (f"{_ASSETS}/{_ICONS}/Contents.json", _json(listed)),
        *((f"{_ASSETS}/{_ICONS}/{file}", data) for file, data in drawn.items()),
        *((f"{_ASSETS}/{path}", data) for path, data in sticker_pack),
    ]


def _icon(entry: tuple[str, tuple[float, float], int], character: Rgba) -> tuple[dict[str, str], bytes]:
    idiom, (wide, tall), scale = entry
    width, height = round(wide * scale), round(tall * scale)
    file = f"icon-{width}x{height}.png"
    about = {"filename": file, "idiom": idiom, "scale": f"{scale}x", "size": f"{wide:g}x{tall:g}"}
    if idiom == "universal" or (wide, tall) == (1024, 768):
        about["platform"] = "ios"
    return about, still_cover(character, Cover(name=file, width=width, height=height, format="png", opaque=True))


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


_COMMON = """	<key>CFBundleDevelopmentRegion</key>
	<string>$(DEVELOPMENT_LANGUAGE)</string>
	<key>CFBundleDisplayName</key>
	<string>$(PRODUCT_NAME)</string>
	<key>CFBundleExecutable</key>
	<string>$(EXECUTABLE_NAME)</string>
	<key>CFBundleIdentifier</key>
	<string>$(PRODUCT_BUNDLE_IDENTIFIER)</string>
	<key>CFBundleInfoDictionaryVersion</key>
	<string>6.0</string>
	<key>CFBundleName</key>
	<string>$(PRODUCT_NAME)</string>
	<key>CFBundlePackageType</key>
	<string>{kind}</string>
	<key>CFBundleShortVersionString</key>
	<string>1.0</string>
	<key>CFBundleVersion</key>
	<string>1</string>
"""
_APP = _COMMON.format(kind="APPL")
_EXTENSION = (
    _COMMON.format(kind="XPC!")
    + """	<key>NSExtension</key>
	<dict>
		<key>NSExtensionPointIdentifier</key>
		<string>com.apple.message-payload-provider</string>
		<key>NSExtensionPrincipalClass</key>
		<string>StickerBrowserViewController</string>
	</dict>
"""
)


def _plist(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
        f'<plist version="1.0">\n<dict>\n{body}</dict>\n</plist>\n'
    )


def _id(what: str) -> str:
    """Return an object's identifier: 24 hexadecimal digits, the same for the same object."""
    return hashlib.sha256(what.encode()).hexdigest()[:24].upper()


def _object(key: str, isa: str, **fields: str) -> str:
    body = "".join(f"\t\t\t{name} = {value};\n" for name, value in fields.items())
    return f"\t\t{_id(key)} = {{\n\t\t\tisa = {isa};\n{body}\t\t}};\n"


def _list(*items: str) -> str:
    return "(" + "".join(f"{item}, " for item in items) + ")"


def _settings(key: str, name: str, **fields: str) -> str:
    body = "{" + "".join(f"{field} = {value}; " for field, value in fields.items()) + "}"
    return _object(key, "XCBuildConfiguration", buildSettings=body, name=name)


def _configurations(key: str, **fields: str) -> str:
    both = _list(_id(f"{key} Debug"), _id(f"{key} Release"))
    made = "".join(_settings(f"{key} {name}", name, **fields) for name in ("Debug", "Release"))
    return made + _object(
        f"{key} configurations", "XCConfigurationList", buildConfigurations=both,
        defaultConfigurationIsVisible="0", defaultConfigurationName="Release",
    )  # fmt: skip


def _file(key: str, kind: str, path: str, tree: str, explicit: bool = False) -> str:
    field = "explicitFileType" if explicit else "lastKnownFileType"
    return _object(key, "PBXFileReference", **{field: f'"{kind}"'}, path=f'"{path}"', sourceTree=tree)


def _project(name: str) -> str:
    """Return the project file: an application of messages that holds one extension with the asset catalogue."""
    group, built = '"<group>"', "BUILT_PRODUCTS_DIR"
    bundle = f"com.example.{slug(name).replace('-', '') or 'stickers'}"
    extension = "StickerPackExtension"
    objects = (
        _object("embedded", "PBXBuildFile", fileRef=_id("extension product"),
                settings="{ATTRIBUTES = (RemoveHeadersOnCopy, ); }")
        + _object("assets in resources", "PBXBuildFile", fileRef=_id("assets"))
        + _object("proxy", "PBXContainerItemProxy", containerPortal=_id("project"), proxyType="1",
                  remoteGlobalIDString=_id("extension"), remoteInfo=extension)
        + _object("embed", "PBXCopyFilesBuildPhase", buildActionMask="2147483647", dstPath='""',
                  dstSubfolderSpec="13", files=_list(_id("embedded")), name='"Embed Foundation Extensions"',
                  runOnlyForDeploymentPostprocessing="0")
        + _file("app product", "wrapper.application", f"{name}.app", built, explicit=True)
        + _file("extension product", "wrapper.app-extension", f"{extension}.appex", built, explicit=True)
        + _file("assets", "folder.assetcatalog", "Stickers.xcassets", group)
        + _file("extension info", "text.plist.xml", "Info.plist", group)
        + _file("app info", "text.plist.xml", "Info.plist", group)
        + _object("root", "PBXGroup", children=_list(_id("app files"), _id("extension files"), _id("products")),
                  sourceTree=group)
        + _object("app files", "PBXGroup", children=_list(_id("app info")), path="App", sourceTree=group)
        + _object("extension files", "PBXGroup", children=_list(_id("assets"), _id("extension info")),
                  path=extension, sourceTree=group)
        + _object("products", "PBXGroup", children=_list(_id("app product"), _id("extension product")),
                  name="Products", sourceTree=group)
        + _object("app", "PBXNativeTarget", buildConfigurationList=_id("app configurations"),
                  buildPhases=_list(_id("app resources"), _id("embed")), buildRules="()",
                  dependencies=_list(_id("dependency")), name=f'"{name}"', productName=f'"{name}"',
                  productReference=_id("app product"), productType='"com.apple.product-type.application.messages"')
        + _object("extension", "PBXNativeTarget", buildConfigurationList=_id("extension configurations"),
                  buildPhases=_list(_id("extension resources")), buildRules="()", dependencies="()", name=extension,
                  productName=extension, productReference=_id("extension product"),
                  productType='"com.apple.product-type.app-extension.messages-sticker-pack"')
        + _object("project", "PBXProject", attributes="{LastUpgradeCheck = 1500; }",
                  buildConfigurationList=_id("project configurations"), compatibilityVersion='"Xcode 14.0"',
                  developmentRegion="en", hasScannedForEncodings="0", knownRegions="(en, Base, )",
                  mainGroup=_id("root"), productRefGroup=_id("products"), projectDirPath='""', projectRoot='""',
                  targets=_list(_id("app"), _id("extension")))
        + _object("app resources", "PBXResourcesBuildPhase", buildActionMask="2147483647", files="()",
                  runOnlyForDeploymentPostprocessing="0")
        + _object("extension resources", "PBXResourcesBuildPhase", buildActionMask="2147483647",
                  files=_list(_id("assets in resources")), runOnlyForDeploymentPostprocessing="0")
        + _object("dependency", "PBXTargetDependency", target=_id("extension"), targetProxy=_id("proxy"))
        + _configurations("project", IPHONEOS_DEPLOYMENT_TARGET="13.0", SDKROOT="iphoneos")
        + _configurations("app", ASSETCATALOG_COMPILER_APPICON_NAME='"iMessage App Icon"',
                          INFOPLIST_FILE='"App/Info.plist"', PRODUCT_BUNDLE_IDENTIFIER=f'"{bundle}"',
                          PRODUCT_NAME='"$(TARGET_NAME)"', TARGETED_DEVICE_FAMILY='"1,2"')
        + _configurations("extension", ASSETCATALOG_COMPILER_APPICON_NAME='"iMessage App Icon"',
                          INFOPLIST_FILE=f'"{extension}/Info.plist"',
                          PRODUCT_BUNDLE_IDENTIFIER=f'"{bundle}.stickers"', PRODUCT_NAME='"$(TARGET_NAME)"',
                          SKIP_INSTALL="YES", TARGETED_DEVICE_FAMILY='"1,2"')
    )  # fmt: skip
    return (
        "// !$*UTF8*$!\n{\n\tarchiveVersion = 1;\n\tclasses = {\n\t};\n\tobjectVersion = 56;\n\tobjects = {\n"
        f"{objects}\t}};\n\trootObject = {_id('project')};\n}}\n"
    )

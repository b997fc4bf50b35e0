"""Invented graphs, one for each shape that node packs give a ComfyUI graph."""

import json

import pytest

from learning_core.errors import OverLimit, Unreadable
from learning_core.importers.comfyui import read_graph_text
from learning_core.limits import GRAPH_NODES, PROMPT_CHARACTERS


def node(class_type, **inputs):
    return {"class_type": class_type, "inputs": inputs}


def beach(**changes):
    """A plain graph; `changes` replace or add nodes by a name that starts with `n`."""
    nodes = {
        "3": node(
            "KSampler", seed=7, steps=30, cfg=6.5, sampler_name="dpmpp_2m", scheduler="karras", denoise=1.0,
            model=["4", 0], positive=["6", 0], negative=["7", 0], latent_image=["5", 0],
        ),
        "4": node("CheckpointLoaderSimple", ckpt_name="SDXL\\coastlineXL_v3.safetensors"),
        "5": node("EmptyLatentImage", width=832, height=1216, batch_size=1),
        "6": node("CLIPTextEncode", text="beach at sunset", clip=["4", 1]),
        "7": node("CLIPTextEncode", text="blurry", clip=["4", 1]),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", filename_prefix="x", images=["8", 0]),
    }  # fmt: skip
    nodes.update({name.removeprefix("n").replace("_", ":"): each for name, each in changes.items()})
    return nodes


def sampler(**changes):
    return node("KSampler", **{**beach()["3"]["inputs"], **changes})


def job_of(nodes, **more):
    return read_graph_text(json.dumps(nodes), None, **more).job


def loras(job):
    return [(lora.name, lora.weight, lora.text_encoder_weight) for lora in job.loras or []]


def test_the_plain_graph_gives_every_setting_as_it_is_written():
    content = job_of(beach()).content()
    expected = {
        "prompt_positive": "beach at sunset", "prompt_negative": "blurry",
        "model": "SDXL\\coastlineXL_v3.safetensors", "sampler": "dpmpp_2m", "scheduler": "karras",
            "steps": 30,
        "cfg_scale": 6.5, "seed": 7, "width": 832, "height": 1216, "batch_total": 1, "stage": "txt2img",
        "source_tool": "comfyui", "hires_enabled": False, "refiner_enabled": False, "upscale_enabled": False,
        "adetailer_enabled": False, "loras": [],
    }  # fmt: skip
    assert {name: content.get(name) for name in expected} == expected
    assert content["raw"]["reader"] == "comfyui/1"
    assert not content.keys() & {
        "clip_skip",
        "denoising_strength",
        "vae",
        "hires",
        "refiner",
        "stage_sequence",
    }


@pytest.mark.parametrize(
    "seed_node",
    [
        node("PrimitiveInt", value=424242),
        node("Seed (rgthree)", seed=424242),
        node("easy seed", seed="424242"),
        node("Some Pack Number", amount=424242),
    ],
)
def test_a_seed_comes_through_reroutes_from_any_seed_node(seed_node):
    nodes = beach(n3=sampler(seed=["20", 0]), n20=node("Reroute", **{"": ["21", 0]}), n21=seed_node)
    assert job_of(nodes).seed == 424242


def test_a_value_is_not_looked_for_more_than_eight_nodes_away():
    chain = {f"n{100 + hop}": node("Reroute", **{"": [str(101 + hop), 0]}) for hop in range(8)}
    near = {**chain, "n107": node("PrimitiveInt", value=5)}
    far = {**chain, "n108": node("PrimitiveInt", value=5)}
    assert job_of(beach(n3=sampler(steps=["100", 0]), **near)).steps == 5
    assert job_of(beach(n3=sampler(steps=["100", 0]), **far)).steps is None


def test_a_computed_value_is_unknown_rather_than_one_of_its_operands():
    maths = node("MathExpression", expression="a * 2", a=["21", 0])
    nodes = beach(n3=sampler(steps=["20", 0]), n20=maths, n21=node("PrimitiveInt", value=15))
    assert job_of(nodes).steps is None


def test_numbers_arrive_as_text_or_floats_and_true_is_no_number():
    job = job_of(beach(n3=sampler(steps="30", cfg="6.499999999999998", seed=7.0)))
    assert (job.steps, job.cfg_scale, job.seed) == (30, 6.5, 7)
    job = job_of(beach(n3=sampler(steps=True, cfg=None, seed=-1)))
    assert (job.steps, job.cfg_scale, job.seed) == (None, None, None)


def test_a_seed_is_exact_at_any_size():
    assert job_of(beach(n3=sampler(seed=2**64 - 1))).seed == 2**64 - 1
    assert job_of(beach(n3=sampler(seed=10**30 + 1))).seed == 10**30 + 1


def test_clip_skip_is_counted_as_a1111_does():
    skipping = {"n30": node("CLIPSetLastLayer", stop_at_clip_layer=-2, clip=["4", 1])}
    nodes = beach(n6=node("CLIPTextEncode", text="beach", clip=["30", 0]), **skipping)
    assert job_of(nodes).clip_skip == 2


def test_a_separate_vae_is_named_and_the_checkpoints_own_is_not():
    nodes = beach(n8=node("VAEDecode", samples=["3", 0], vae=["31", 0]), n31=node("VAELoader", vae_name="sea.pt"))
    assert job_of(nodes).vae == "sea.pt"
    assert job_of(beach()).vae is None


def test_every_lora_of_a_chain_counts_in_the_order_of_application():
    chain = {
        "n3": sampler(model=["11", 0]),
        "n10": node("LoraLoader", lora_name="a.safetensors", strength_model=0.30000000000000004,
                    strength_clip=0.5, model=["4", 0], clip=["4", 1]),
        "n11": node("LoraLoaderModelOnly", lora_name="b.safetensors", strength_model=["12", 0], model=["10",
            0]),
        "n12": node("PrimitiveFloat", value=-0.5),
    }  # fmt: skip
    job = job_of(beach(**chain))
    assert loras(job) == [("a.safetensors", 0.3, 0.5), ("b.safetensors", -0.5, None)]
    assert job.model == "SDXL\\coastlineXL_v3.safetensors"


LORA_NODES = {
    "objects": node(
        "Power Lora Loader (rgthree)", model=["4", 0], clip=["4", 1],
            PowerLoraLoaderHeaderWidget={"type": "x"},
        lora_1={"on": True, "lora": "a.safetensors", "strength": 0.8},
        lora_2={"on": False, "lora": "off.safetensors", "strength": 1.0},
        lora_3={"on": True, "lora": "None", "strength": 1.0},
        lora_4={"on": True, "lora": "b.safetensors", "strength": 0.25, "strengthTwo": 0.5},
    ),
    "numbered": node(
        "Lora Loader Stack (rgthree)", model=["4", 0], clip=["4", 1], lora_01="a.safetensors",
            strength_01=0.8,
        lora_02="None", strength_02=1.0, lora_03="b.safetensors", strength_03=0.25,
    ),
    "switched": node(
        "CR Apply LoRA Stack", model=["4", 0], clip=["4", 1], switch_1="On", lora_name_1="a.safetensors",
        model_weight_1=0.8, clip_weight_1=0.9, switch_2="Off", lora_name_2="off.safetensors",
            model_weight_2=1.0,
        switch_3="On", lora_name_3="b.safetensors", model_weight_3=0.25, clip_weight_3=0.5,
    ),
    "counted": node(
        "LoRA Stacker", model=["4", 0], input_mode="simple", lora_count=2, lora_name_1="a.safetensors",
        lora_wt_1=0.8, model_str_1=1.0, lora_name_2="b.safetensors", lora_wt_2=0.25,
            lora_name_3="off.safetensors",
        lora_wt_3=1.0,
    ),
    "listed": node(
        "Lora Loader (LoraManager)", model=["4", 0], clip=["4", 1], text="<lora:a:0.8> <lora:b:0.25>",
        loras={"__value__": [
            {"name": "a.safetensors", "strength": "0.8", "active": True},
            {"name": "off.safetensors", "strength": 1, "active": False},
            {"name": "b.safetensors", "strength": 0.25, "active": True},
        ]},
    ),
    "tagged": node(
        "LoraTagLoader", model=["4", 0], clip=["4", 1],
            text="beach <lora:a.safetensors:0.8> <lora:b.safetensors:0.25>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", LORA_NODES)
def test_loras_are_found_in_every_kind_of_loader(kind):
    job = job_of(beach(n3=sampler(model=["10", 0]), n10=LORA_NODES[kind]))
    assert [lora[:2] for lora in loras(job)] == [("a.safetensors", 0.8), ("b.safetensors", 0.25)]
    assert job.model == "SDXL\\coastlineXL_v3.safetensors"


def test_a_lora_stack_is_followed_beside_the_model():
    nodes = beach(
        n3=sampler(model=["10", 0]),
        n10=node("CR Apply LoRA Stack", model=["4", 0], clip=["4", 1], lora_stack=["11", 0]),
        n11=node(
            "CR LoRA Stack",
            lora_name_1="b.safetensors",
            model_weight_1=0.4,
            switch_1="On",
            lora_stack=["12", 0],
        ),
        n12=node("CR LoRA Stack", lora_name_1="a.safetensors", model_weight_1=0.6, switch_1="On"),
    )
    assert [lora[:2] for lora in loras(job_of(nodes))] == [("a.safetensors", 0.6), ("b.safetensors", 0.4)]


def test_a_lora_name_may_be_linked_and_wrapped():
    linked = node("LoraLoader", lora_name=["11", 0], strength_model=0.5, model=["4", 0])
    nodes = beach(n3=sampler(model=["10", 0]), n10=linked, n11=node("PrimitiveString", value="a.safetensors"))
    assert loras(job_of(nodes)) == [("a.safetensors", 0.5, None)]
    wrapped = node("LoraLoader|pysssss", lora_name={"content": "a.safetensors"}, strength_model=0.0, model=["4", 0])
    assert loras(job_of(beach(n3=sampler(model=["10", 0]), n10=wrapped))) == [("a.safetensors", 0.0, None)]


def test_a_merge_has_several_checkpoints_and_the_first_is_the_model():
    nodes = beach(
        n3=sampler(model=["10", 0]),
        n10=node("ModelMergeSimple", ratio=0.3, model1=["11", 0], model2=["4", 0]),
        n11=node("CheckpointLoaderSimple", ckpt_name="harbour.ckpt"),
    )
    job = job_of(nodes)
    assert job.model == "harbour.ckpt"
    assert job.merged_checkpoints == ["harbour.ckpt", "SDXL\\coastlineXL_v3.safetensors"]


def test_a_motion_module_on_the_way_is_no_checkpoint():
    motion = node("ADE_AnimateDiffLoader", model_name="motion_v2.ckpt", model=["4", 0])
    job = job_of(beach(n3=sampler(model=["10", 0]), n10=motion))
    assert (job.model, job.merged_checkpoints) == ("SDXL\\coastlineXL_v3.safetensors", None)


def test_sdxl_and_flux_encoders_give_their_texts_once_each():
    sdxl = node("CLIPTextEncodeSDXL", width=1024, height=1024, text_g="beach", text_l="beach", clip=["4", 1])
    assert job_of(beach(n6=sdxl)).prompt_positive == "beach"
    flux = node("CLIPTextEncodeFlux", clip_l="pier", t5xxl="a long pier at dawn", guidance=3.5, clip=["4", 1])
    job = job_of(beach(n6=flux))
    assert job.prompt_positive == "pier\na long pier at dawn"
    assert job.distilled_cfg_scale == 3.5


def test_texts_come_through_concatenation_and_string_nodes():
    nodes = beach(
        n6=node("CLIPTextEncode", text=["20", 0], clip=["4", 1]),
        n20=node("Text Concatenate", delimiter=" | ", text_b=["22", 0], text_a=["21", 0], text_c="gulls"),
        n21=node("Text Multiline", text="harbour"),
        n22=node("PrimitiveStringMultiline", value="fog"),
    )
    assert job_of(nodes).prompt_positive == "harbour | fog | gulls"


def test_the_text_that_ran_is_the_prompt_and_its_wildcards_are_the_template():
    filled = node("ImpactWildcardProcessor", wildcard_text="__place__ at noon", populated_text="pier at noon", seed=3)
    job = job_of(beach(n6=node("CLIPTextEncode", text=["20", 0], clip=["4", 1]), n20=filled))
    assert (job.prompt_positive, job.prompt_template) == ("pier at noon", "__place__ at noon")


def test_a_styler_gives_each_polarity_its_own_text():
    nodes = beach(
        n6=node("CLIPTextEncode", text=["20", 0], clip=["4", 1]),
        n7=node("CLIPTextEncode", text=["20", 1], clip=["4", 1]),
        n20=node("PromptStyler", text_positive="dunes", text_negative="fog", style="plain"),
    )
    job = job_of(nodes)
    assert (job.prompt_positive, job.prompt_negative) == ("dunes", "fog")


def test_texts_pass_controlnet_guidance_and_combination_nodes():
    nodes = beach(
        n3=sampler(positive=["20", 0], negative=["20", 1]),
        n20=node("ControlNetApplyAdvanced", strength=0.7, positive=["21", 0], negative=["7", 0],
            control_net=["25", 0],
                 image=["26", 0]),
        n21=node("FluxGuidance", guidance=3.0, conditioning=["22", 0]),
        n22=node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["23", 0]),
        n23=node("CLIPTextEncode", text="calm sea", clip=["4", 1]),
        n25=node("ControlNetLoader", control_net_name="depth.safetensors"),
        n26=node("LoadImage", image="depth.png"),
    )  # fmt: skip
    job = job_of(nodes)
    assert job.prompt_positive == "beach at sunset\ncalm sea"
    assert job.prompt_negative == "blurry"
    assert job.distilled_cfg_scale == 3.0
    assert (job.stage, job.width) == ("txt2img", 832)


@pytest.mark.parametrize("negative", [["6", 0], ["20", 0]], ids=["linked to the positive text", "zeroed positive text"])
def test_a_negative_that_is_the_positive_text_is_empty(negative):
    zeroed = node("ConditioningZeroOut", conditioning=["6", 0])
    assert job_of(beach(n3=sampler(negative=negative), n20=zeroed)).prompt_negative == ""


def test_a_graph_without_text_has_no_prompt_rather_than_an_empty_one():
    nodes = {
        "3": sampler(model=["4", 0], positive=["12", 0], negative=["12", 1], latent_image=["12", 2]),
        "4": node("ImageOnlyCheckpointLoader", ckpt_name="video.safetensors"),
        "12": node("SVD_img2vid_Conditioning", width=1024, height=576, video_frames=14, clip_vision=["4", 1],
                   init_image=["13", 0], vae=["4", 2]),
        "13": node("LoadImage", image="pier.png"),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveAnimatedWEBP", filename_prefix="x", images=["8", 0]),
    }  # fmt: skip
    job = job_of(nodes)
    assert (job.prompt_positive, job.prompt_negative) == (None, None)
    assert (job.model, job.width, job.height, job.stage) == ("video.safetensors", 1024, 576, "img2video")


def test_an_empty_prompt_is_empty_and_a_missing_text_node_is_unknown():
    assert job_of(beach(n6=node("CLIPTextEncode", text="", clip=["4", 1]))).prompt_positive == ""
    job = job_of(beach(n3=sampler(negative=["77", 0])))
    assert (job.prompt_positive, job.prompt_negative) == ("beach at sunset", None)


def custom_graph(**changes):
    nodes = {
        "4": node("UNETLoader", unet_name="tide.safetensors", weight_dtype="default"),
        "5": node("EmptySD3LatentImage", width=["30", 0], height=["31", 0], batch_size=2),
        "6": node("CLIPTextEncode", text="cliffs", clip=["11", 0]),
        "7": node("CLIPTextEncode", text="people", clip=["11", 0]),
        "11": node("DualCLIPLoader", clip_name1="t5.safetensors", clip_name2="l.safetensors", type="flux"),
        "13": node("SamplerCustomAdvanced", noise=["25", 0], guider=["22", 0], sampler=["16", 0],
            sigmas=["17", 0],
                   latent_image=["5", 0]),
        "16": node("KSamplerSelect", sampler_name="euler"),
        "17": node("BasicScheduler", scheduler="beta", steps=12, denoise=1.0, model=["4", 0]),
        "22": node("CFGGuider", cfg=3.5, model=["4", 0], positive=["6", 0], negative=["7", 0]),
        "25": node("RandomNoise", noise_seed=99),
        "30": node("PrimitiveInt", value=1152),
        "31": node("PrimitiveInt", value=896),
        "8": node("VAEDecode", samples=["13", 0], vae=["12", 0]),
        "12": node("VAELoader", vae_name="ae.safetensors"),
        "9": node("SaveImage", filename_prefix="x", images=["8", 0]),
    }  # fmt: skip
    nodes.update({name.removeprefix("n"): each for name, each in changes.items()})
    return nodes


def test_a_custom_sampler_collects_its_settings_from_guider_sigmas_and_noise():
    job = job_of(custom_graph())
    assert (job.sampler, job.scheduler, job.steps, job.cfg_scale, job.seed) == ("euler", "beta", 12, 3.5, 99)
    assert (job.width, job.height, job.batch_total) == (1152, 896, 2)
    assert (job.prompt_positive, job.prompt_negative) == ("cliffs", "people")
    assert (job.model, job.vae) == ("tide.safetensors", "ae.safetensors")


def test_sampler_and_schedule_may_be_named_by_their_nodes_alone():
    nodes = custom_graph(
        n16=node("SamplerEulerAncestral", eta=1.0, s_noise=1.0),
        n17=node("KarrasScheduler", steps=20, sigma_max=14.6, sigma_min=0.03, rho=7.0),
    )
    job = job_of(nodes)
    assert (job.sampler, job.scheduler, job.steps) == ("euler_ancestral", "karras", 20)


def test_split_sigmas_without_new_noise_are_a_refiner():
    nodes = custom_graph(
        n13=node("SamplerCustomAdvanced", noise=["25", 0], guider=["22", 0], sampler=["16", 0], sigmas=["18",
            0],
                 latent_image=["5", 0]),
        n18=node("SplitSigmas", step=9, sigmas=["17", 0]),
        n40=node("SamplerCustomAdvanced", noise=["41", 0], guider=["42", 0], sampler=["16", 0], sigmas=["18",
            1],
                 latent_image=["13", 0]),
        n41={"class_type": "DisableNoise"},
        n42=node("CFGGuider", cfg=3.5, model=["43", 0], positive=["6", 0], negative=["7", 0]),
        n43=node("UNETLoader", unet_name="tide_refiner.safetensors"),
        n8=node("VAEDecode", samples=["40", 0], vae=["12", 0]),
    )  # fmt: skip
    job = job_of(nodes)
    assert job.model == "tide.safetensors"
    assert job.refiner is not None
    assert (job.refiner.checkpoint, job.refiner.switch_at, job.refiner.steps) == (
        "tide_refiner.safetensors",
        0.75,
        3,
    )
    assert job.stage_sequence == ["txt2img", "refiner"]


def test_a_second_pass_over_an_enlarged_picture_is_a_hires_fix():
    nodes = beach(
        n20=node("ImageUpscaleWithModel", upscale_model=["21", 0], image=["8", 0]),
        n21=node("UpscaleModelLoader", model_name="4x_sharp.pth"),
        n22=node("ImageScaleBy", upscale_method="lanczos", scale_by=0.5, image=["20", 0]),
        n23=node("VAEEncode", pixels=["22", 0], vae=["4", 2]),
        n24=sampler(seed=8, steps=15, denoise=0.4500000000000001, latent_image=["23", 0]),
        n25=node("VAEDecode", samples=["24", 0], vae=["4", 2]),
        n26=node("SaveImage", filename_prefix="y", images=["25", 0]),
    )
    job = job_of(nodes)
    assert (job.seed, job.steps, job.denoising_strength) == (7, 30, None)
    assert job.hires is not None
    assert (job.hires.steps, job.hires.denoising_strength, job.hires_denoise) == (15, 0.45, 0.45)
    assert job.hires.upscaler == "lanczos"
    assert job.hires.width is None


def test_latent_upscale_by_a_factor_gives_scale_and_size():
    nodes = beach(
        n20=node("LatentUpscaleBy", upscale_method="bislerp", scale_by=1.5, samples=["3", 0]),
        n24=sampler(denoise=0.5, latent_image=["20", 0]),
        n8=node("VAEDecode", samples=["24", 0], vae=["4", 2]),
    )
    hires = job_of(nodes).hires
    assert hires is not None
    assert (hires.upscaler, hires.scale, hires.width, hires.height) == ("bislerp", 1.5, 1248, 1824)


def test_face_detailing_and_tiled_upscaling_are_stages_of_their_own():
    shared = {"seed": 1, "steps": 20, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal",
        "denoise": 0.4,
              "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "vae": ["4", 2]}  # fmt: skip
    nodes = beach(
        n20=node("FaceDetailer", image=["8", 0], bbox_detector=["21", 0], guide_size=512, **shared),
        n21=node("UltralyticsDetectorProvider", model_name="bbox/face.pt"),
        n22=node("UltimateSDUpscale", image=["20", 0], upscale_by=2.0, upscale_model=["23", 0], **shared),
        n23=node("UpscaleModelLoader", model_name="4x.pth"),
        n9=node("SaveImage", filename_prefix="x", images=["22", 0]),
    )
    job = job_of(nodes)
    assert job.stage_sequence == ["txt2img", "adetailer", "upscale"]
    assert (job.adetailer_enabled, job.upscale_enabled, job.hires_enabled) == (True, True, False)
    assert (job.upscale_scale, job.upscale_denoise, job.seed) == (2.0, 0.4, 7)


def test_steps_that_are_skipped_over_a_picture_are_image_to_image():
    advanced = node(
        "KSamplerAdvanced", add_noise="enable", noise_seed=5, steps=20, cfg=7.0, sampler_name="euler",
        scheduler="normal", start_at_step=8, end_at_step=10000, return_with_leftover_noise="disable",
        model=["4", 0], positive=["6", 0], negative=["7", 0], latent_image=["5", 0],
    )  # fmt: skip
    picture = {
        "n5": node("VAEEncode", pixels=["30", 0], vae=["4", 2]),
        "n30": node("LoadImage", image="pier.png"),
    }
    job = job_of(beach(n3=advanced, **picture))
    assert (job.stage, job.denoising_strength, job.seed) == ("img2img", 0.6, 5)


def test_a_masked_picture_is_inpainting():
    picture = {
        "n5": node("SetLatentNoiseMask", samples=["31", 0], mask=["30", 1]),
        "n31": node("VAEEncode", pixels=["30", 0], vae=["4", 2]),
        "n30": node("LoadImage", image="pier.png"),
    }
    job = job_of(beach(n3=sampler(denoise=0.75), **picture))
    assert (job.stage, job.denoising_strength) == ("inpaint", 0.75)


def test_an_all_in_one_loader_holds_checkpoint_texts_size_and_lora():
    nodes = {
        "1": node("Efficient Loader", ckpt_name="coast.safetensors", vae_name="Baked VAE", clip_skip=-2,
                  lora_name="sand.safetensors", lora_model_strength=0.7, lora_clip_strength=1.0,
                      positive="dunes",
                  negative="fog", empty_latent_width=640, empty_latent_height=960, batch_size=3),
        "2": node("KSampler (Efficient)", seed=11, steps=22, cfg=5.5, sampler_name="euler",
            scheduler="normal",
                  denoise=1.0, preview_method="auto", vae_decode="true", model=["1", 0], positive=["1", 1],
                  negative=["1", 2], latent_image=["1", 3], optional_vae=["1", 4], script=["4", 0]),
        "4": node("HighRes-Fix Script", upscale_type="latent", latent_upscaler="nearest-exact",
            upscale_by=1.25,
                  hires_steps=12, denoise=0.56),
        "3": node("SaveImage", filename_prefix="x", images=["2", 5]),
    }  # fmt: skip
    job = job_of(nodes)
    assert (job.model, job.vae, job.clip_skip) == ("coast.safetensors", None, 2)
    assert (job.prompt_positive, job.prompt_negative) == ("dunes", "fog")
    assert loras(job) == [("sand.safetensors", 0.7, 1.0)]
    assert (job.width, job.height, job.batch_total) == (640, 960, 3)
    assert job.hires is not None
    assert (job.hires.steps, job.hires.scale, job.hires.denoising_strength) == (12, 1.25, 0.56)


def test_everything_may_come_through_one_pipe():
    nodes = {
        "1": node("easy fullLoader", ckpt_name="coast.safetensors", vae_name="Baked VAE", clip_skip=-1,
                  lora_name="None", resolution="768 x 512", positive="dunes", negative="fog", batch_size=1),
        "2": node("easy preSampling", steps=18, cfg=6.0, sampler_name="euler", scheduler="karras",
            denoise=1.0,
                  seed=4, pipe=["1", 0]),
        "3": node("easy kSampler", image_output="Save", link_id=0, save_prefix="x", pipe=["2", 0]),
    }  # fmt: skip
    job = job_of(nodes)
    assert (job.model, job.prompt_positive, job.prompt_negative) == ("coast.safetensors", "dunes", "fog")
    assert (job.steps, job.seed, job.width, job.height) == (18, 4, 768, 512)


def test_pipes_contexts_and_switches_are_passed_by_what_they_carry():
    nodes = beach(
        n3=sampler(model=["20", 0], positive=["20", 3], negative=["20", 4]),
        n20=node("FromBasicPipe", basic_pipe=["21", 0]),
        n21=node("ToBasicPipe", model=["22", 0], clip=["4", 1], vae=["4", 2], positive=["23", 0], negative=["7", 0]),
        n22=node("Any Switch (rgthree)", any_01=["4", 0], any_02=["24", 0]),
        n23=node("ImpactSwitch", select=2, input1=["7", 0], input2=["6", 0]),
        n24=node("CheckpointLoaderSimple", ckpt_name="never.safetensors"),
    )
    job = job_of(nodes)
    assert (job.prompt_positive, job.prompt_negative) == ("beach at sunset", "blurry")
    assert (job.model, job.merged_checkpoints) == ("SDXL\\coastlineXL_v3.safetensors", None)


def test_ids_of_sub_graphs_are_ids_like_others():
    nodes = beach(
        n3=sampler(positive=["37:0", 0]), n37_0=node("CLIPTextEncode", text="lagoon", clip=["37:1", 0]),
    )  # fmt: skip
    assert job_of(nodes).prompt_positive == "lagoon"


def test_saved_pictures_go_before_previews_and_masks_do_not_count():
    nodes = beach(
        n1=node("PreviewImage", images=["40", 0]),
        n2=node("SaveImage", filename_prefix="map", images=["41", 0]),
        n40=node("VAEDecode", samples=["42", 0], vae=["4", 2]),
        n41=node("LoadImage", image="depth.png"),
        n42=sampler(seed=1000),
    )
    assert job_of(nodes).seed == 7


def test_a_metadata_saver_is_no_sampler():
    saver = node("SDPromptSaver", filename="x", seed=1, steps=99, cfg=1.0, sampler_name="x", scheduler="y",
                 positive="wrong", images=["8", 0])  # fmt: skip
    job = job_of(beach(n9=saver))
    assert (job.steps, job.stage_sequence) == (30, None)


def test_two_samplers_from_noise_give_one_job_of_the_first():
    nodes = beach(
        n10=sampler(seed=8),
        n20=node("LatentComposite", x=0, y=0, feather=0, samples_to=["3", 0], samples_from=["10", 0]),
        n8=node("VAEDecode", samples=["20", 0], vae=["4", 2]),
    )
    job = job_of(nodes)
    assert (job.seed, job.hires, job.stage_sequence) == (7, None, ["txt2img", "txt2img"])


def test_other_lists_are_literals_and_strange_nodes_are_survived():
    nodes = beach(n60="text", n61=None, n62={"class_type": 5}, n63={"class_type": "Empty"}, n64=node("X", a=[1, 2, 3]))
    nodes["4"]["is_changed"] = [float("nan")]
    assert job_of(nodes).steps == 30


def test_circles_and_dangling_links_end():
    nodes = beach(
        n3=sampler(model=["20", 0], positive=["21", 0], negative=["3", 0], latent_image=["3", 0], seed=["22", 0]),
        n20=node("Reroute", **{"": ["20", 0]}),
        n21=node("ConditioningCombine", conditioning_1=["21", 0], conditioning_2=["6", 0]),
        n22=node("Seed", seed=["22", 0]),
    )
    job = job_of(nodes)
    assert (job.prompt_positive, job.model, job.seed) == ("beach at sunset", None, None)


def test_a_graph_that_only_loads_and_saves_is_a_job_with_unknown_settings():
    reading = read_graph_text(json.dumps({"1": node("EmptyImage"), "9": node("SaveImage", images=["1", 0])}), None)
    assert reading.job.model is None
    assert reading.remarks == ("no sampler in the graph",)


def test_too_many_nodes_and_no_graph_at_all_are_refused():
    many = {str(place): node("Note") for place in range(GRAPH_NODES + 1)}
    with pytest.raises(OverLimit):
        read_graph_text(json.dumps(many), None)
    for text in ("{}", "[]", "null", '{"1": {"inputs": {}}}', "not json"):
        with pytest.raises(Unreadable):
            read_graph_text(text, None)


def test_a_text_that_doubles_at_every_node_is_refused_without_being_built():
    doubling = {
        f"n{100 + level}": node(
            "StringConcatenate", delimiter="-", string_a=[f"{101 + level}", 0], string_b=[f"{101 + level}", 0]
        )
        for level in range(500)
    }
    doubling["n600"] = node("PrimitiveString", value="sand and sea")
    nodes = beach(n6=node("CLIPTextEncode", text=["100", 0], clip=["4", 1]), **doubling)
    reading = read_graph_text(json.dumps(nodes), None)
    assert reading.job.prompt_positive is None
    assert reading.job.steps == 30
    assert any(f"longer than {PROMPT_CHARACTERS}" in remark for remark in reading.remarks)


def test_a_chain_of_ten_thousand_nodes_is_walked():
    chain = {f"n{1000 + place}": node("Patch", model=[str(1001 + place), 0]) for place in range(9000)}
    last = {"n10000": node("CheckpointLoaderSimple", ckpt_name="far.safetensors")}
    assert job_of(beach(n3=sampler(model=["1000", 0]), **chain, **last)).model == "far.safetensors"
